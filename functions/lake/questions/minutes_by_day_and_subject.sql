-- Minutes of learning by day and subject
SELECT day, coalesce(subject, '(none)') AS subject, round(sum(active_s) / 60, 1) AS minutes,
       count(DISTINCT learner_key) AS learners
FROM daily
GROUP BY day, coalesce(subject, '(none)')
ORDER BY day, subject
