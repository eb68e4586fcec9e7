-- Ended long ago and nothing open about them: found by their endings in the operators' index, oldest first, and locked.
SELECT i.id::text
FROM workflow_event e
JOIN workflow_instance i ON i.id = e.instance_id
WHERE e.event_type IN ('COMPLETED', 'COMPENSATED', 'FAILED', 'CANCELLED', 'TIMED_OUT')
  AND e.created_at < %(before)s::timestamptz AND i.finished_at < %(before)s::timestamptz
  AND NOT EXISTS (
      SELECT 1 FROM workflow_incident w WHERE w.instance_id = i.id AND w.status <> 'RESOLVED')
ORDER BY e.created_at, i.id LIMIT %(limit)s::int
FOR UPDATE OF i SKIP LOCKED
