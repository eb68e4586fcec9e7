-- Due instances become leases: per queue by wake-up time (the claim index), then the most urgent of those.
WITH known AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(known)s::text::json) AS k(workflow text, version int, changes jsonb)
), due AS MATERIALIZED (
    SELECT i.id, i.priority, i.wake_at
    FROM unnest(%(queues)s::text[]) AS q(queue)
    JOIN workflow_worker me ON me.id = %(worker)s::text::uuid AND me.stopped_at IS NULL
    CROSS JOIN LATERAL (
        SELECT w.id, w.priority, w.wake_at
        FROM workflow_instance w
        WHERE w.queue = q.queue AND w.worker_id IS NULL AND w.wake_at IS NOT NULL AND w.wake_at <= workflow_now()
          AND w.status IN ('ACTIVE', 'COMPENSATING') AND (w.recovery_count >= 2) = %(alone)s::boolean
          AND EXISTS (
              SELECT 1 FROM known k WHERE k.workflow = w.workflow AND k.version = w.version
              AND (w.changes = '{}'::jsonb OR NOT EXISTS (
                  SELECT 1 FROM jsonb_each_text(w.changes) c
                  WHERE COALESCE((k.changes ->> c.key)::int, -1) < c.value::int)))
        ORDER BY w.wake_at LIMIT %(pool)s::int
        FOR NO KEY UPDATE SKIP LOCKED
    ) i
), chosen AS MATERIALIZED (
    SELECT id FROM due ORDER BY priority DESC, wake_at LIMIT %(slots)s::int
)
UPDATE workflow_instance
SET worker_id = %(worker)s::text::uuid, token = token + 1, wake_at = NULL, waiting_for = NULL
WHERE id IN (SELECT id FROM chosen)
RETURNING {columns}
