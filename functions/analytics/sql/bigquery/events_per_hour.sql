-- Events by type, partner and region. No group of fewer than k = 10 events is shown.
SELECT hour, region, mode, chain, org, type, COUNT(*) AS events
FROM `${dataset}.events`
GROUP BY hour, region, mode, chain, org, type
HAVING COUNT(*) >= 10
