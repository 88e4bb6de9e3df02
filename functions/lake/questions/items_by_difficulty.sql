-- Items by difficulty: the hardest first, by the share of the score that was reached
SELECT object AS item, count(*) AS grades, round(avg(score / nullif(max_score, 0)), 3) AS share
FROM events
WHERE score IS NOT NULL AND max_score > 0 AND NOT masqueraded
GROUP BY object
ORDER BY share, grades DESC, item
