-- Milliseconds from the event to the signed checkpoint over it, and to a published one: from then on it can be proved. Where both are
-- known. No group of fewer than k = 10 events is shown.
SELECT
  hour, region, mode, type, COUNT(*) AS events,
  ANY_VALUE(sealed_p50) AS sealed_p50_ms,
  ANY_VALUE(sealed_p95) AS sealed_p95_ms,
  ANY_VALUE(sealed_p99) AS sealed_p99_ms,
  ANY_VALUE(provable_p50) AS provable_p50_ms,
  ANY_VALUE(provable_p95) AS provable_p95_ms,
  ANY_VALUE(provable_p99) AS provable_p99_ms
FROM (
  -- PERCENTILE_DISC is a window function here, and no aggregate.
  SELECT
    hour, region, mode, type,
    PERCENTILE_DISC(sealed_ms, 0.5) OVER (PARTITION BY hour, region, mode, type) AS sealed_p50,
    PERCENTILE_DISC(sealed_ms, 0.95) OVER (PARTITION BY hour, region, mode, type) AS sealed_p95,
    PERCENTILE_DISC(sealed_ms, 0.99) OVER (PARTITION BY hour, region, mode, type) AS sealed_p99,
    PERCENTILE_DISC(sealed_ms + published_ms, 0.5) OVER (PARTITION BY hour, region, mode, type) AS provable_p50,
    PERCENTILE_DISC(sealed_ms + published_ms, 0.95) OVER (PARTITION BY hour, region, mode, type) AS provable_p95,
    PERCENTILE_DISC(sealed_ms + published_ms, 0.99) OVER (PARTITION BY hour, region, mode, type) AS provable_p99
  FROM `${dataset}.events`
  WHERE sealed_ms IS NOT NULL AND published_ms IS NOT NULL
)
GROUP BY hour, region, mode, type
HAVING COUNT(*) >= 10
