-- Volume by class. No group of fewer than k = 10 events is shown.
SELECT TIMESTAMP_TRUNC(hour, DAY) AS day, region, mode, class, COUNT(*) AS events
FROM `${dataset}.events`
GROUP BY day, region, mode, class
HAVING COUNT(*) >= 10
