-- Rejections and warnings by code and sensor
SELECT severity, code, coalesce(sensor, '(none)') AS sensor, count(*) AS items, max(received) AS last_received
FROM rejections
GROUP BY severity, code, coalesce(sensor, '(none)')
ORDER BY severity, items DESC, code, sensor
