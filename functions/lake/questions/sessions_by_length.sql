-- Sessions by length
SELECT CASE WHEN length_s < 60 THEN '1: under 1 min' WHEN length_s < 600 THEN '2: 1 to 10 min'
            WHEN length_s < 1800 THEN '3: 10 to 30 min' ELSE '4: over 30 min' END AS length,
       count(*) AS sessions, sum(events) AS events, round(sum(active_s) / 60, 1) AS active_minutes
FROM sessions
GROUP BY 1
ORDER BY 1
