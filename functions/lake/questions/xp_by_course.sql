-- XP by course
SELECT coalesce(course, '(none)') AS course, sum(xp) AS xp, count(DISTINCT learner_key) AS learners
FROM daily
GROUP BY coalesce(course, '(none)')
ORDER BY xp DESC, course
