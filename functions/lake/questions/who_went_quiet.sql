-- Who went quiet: learners without activity in the last seven days of the table
WITH latest AS (SELECT max(day) AS day FROM daily),
     seen AS (SELECT learner_key, max(day) AS last_day, sum(active_s) AS active_s FROM daily GROUP BY learner_key)
SELECT seen.learner_key, seen.last_day, round(seen.active_s / 60, 1) AS active_minutes
FROM seen CROSS JOIN latest
WHERE date_diff('day', seen.last_day, latest.day) > 7
ORDER BY seen.last_day, seen.learner_key
