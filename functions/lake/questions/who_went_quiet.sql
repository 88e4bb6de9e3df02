-- Who went quiet: people without activity, by any of their ids, in the last seven days of the table
WITH latest AS (SELECT max(day) AS day FROM daily),
     seen AS (
         SELECT coalesce(aliases.person_key, daily.learner_key) AS person_key, max(daily.day) AS last_day,
                sum(daily.active_s) AS active_s
         FROM daily LEFT JOIN aliases ON aliases.app = daily.app AND aliases.learner_key = daily.learner_key
         GROUP BY coalesce(aliases.person_key, daily.learner_key)
     )
SELECT seen.person_key, seen.last_day, round(seen.active_s / 60, 1) AS active_minutes
FROM seen CROSS JOIN latest
WHERE date_diff('day', seen.last_day, latest.day) > 7
ORDER BY seen.last_day, seen.person_key
