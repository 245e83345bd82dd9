-- For how many events a residency decision was taken, by class. No group of fewer than k = 10 events is shown.
SELECT TIMESTAMP_TRUNC(hour, DAY) AS day, region, mode, class, decided, COUNT(*) AS events
FROM `${dataset}.events`
WHERE chain = 'ledger'
GROUP BY day, region, mode, class, decided
HAVING COUNT(*) >= 10
