-- Activity by hour of the day (UTC)
SELECT extract(hour FROM event_time) AS hour, count(*) AS events, count(DISTINCT learner_key) AS learners
FROM events
GROUP BY extract(hour FROM event_time)
ORDER BY hour
