-- Every event once: a row may be inserted again, and then has the same fact_id. The other views read this one, dashboards do not.
-- `${dataset}` is <project>.<dataset>.
SELECT *
FROM `${dataset}.facts`
WHERE TRUE
QUALIFY ROW_NUMBER() OVER (PARTITION BY fact_id) = 1
