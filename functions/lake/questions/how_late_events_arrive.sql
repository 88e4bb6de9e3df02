-- How late events arrive
SELECT CASE WHEN received < event_time THEN '0: before they happen'
            WHEN date_diff('second', event_time, received) < 60 THEN '1: within a minute'
            WHEN date_diff('second', event_time, received) < 3600 THEN '2: within an hour'
            WHEN date_diff('second', event_time, received) < 86400 THEN '3: within a day'
            ELSE '4: later' END AS lateness,
       count(*) AS events
FROM events
GROUP BY 1
ORDER BY 1
