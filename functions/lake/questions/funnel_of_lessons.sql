-- Funnel of a lesson: how many learners started it, completed or submitted it
SELECT object AS lesson,
       count(DISTINCT CASE WHEN action = 'Started' THEN learner_key END) AS started,
       count(DISTINCT CASE WHEN action IN ('Completed', 'Submitted') THEN learner_key END) AS completed
FROM events
WHERE type IN ('AssignableEvent', 'AssessmentEvent', 'ActivityEvent')
GROUP BY object
ORDER BY started DESC, completed DESC, lesson
