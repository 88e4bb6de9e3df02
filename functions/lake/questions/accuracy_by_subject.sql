-- Accuracy by subject
SELECT coalesce(subject, '(none)') AS subject, sum(questions) AS questions,
       round(sum(correct_questions) / nullif(sum(questions), 0), 3) AS accuracy
FROM daily
GROUP BY coalesce(subject, '(none)')
HAVING sum(questions) > 0
ORDER BY subject
