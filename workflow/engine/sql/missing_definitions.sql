-- Due for long, and no live worker knows the definition (or its changes): an incident, so that nothing waits silently.
WITH alive AS MATERIALIZED (
    SELECT d.workflow, d.version, d.changes
    FROM workflow_worker w, jsonb_to_recordset(w.definitions) AS d(workflow text, version int, changes jsonb)
    WHERE w.stopped_at IS NULL AND w.heartbeat_at > clock_timestamp() - make_interval(secs => %(dead_after)s)
), lonely AS MATERIALIZED (
    SELECT i.id, i.workflow, i.version, i.sequence_number, i.correlation_id FROM workflow_instance i
    WHERE i.worker_id IS NULL AND i.wake_at < workflow_now() - make_interval(secs => %(after)s)
      AND i.status IN ('ACTIVE', 'COMPENSATING') AND EXISTS (SELECT 1 FROM alive)
      AND NOT EXISTS (
          SELECT 1 FROM alive k WHERE k.workflow = i.workflow AND k.version = i.version AND NOT EXISTS (
              SELECT 1 FROM jsonb_each_text(i.changes) c WHERE COALESCE((k.changes ->> c.key)::int, -1) < c.value::int))
    ORDER BY i.id LIMIT %(limit)s::int FOR NO KEY UPDATE SKIP LOCKED
), blocked AS (
    UPDATE workflow_instance i SET wake_at = NULL, waiting_for = ARRAY['INCIDENT'], sequence_number = i.sequence_number + 1,
        token = i.token + 1, updated_at = GREATEST(i.updated_at, workflow_now())
    FROM lonely l WHERE i.id = l.id
), history AS (
    INSERT INTO workflow_event (instance_id, sequence_number, event_type, step_key, payload, correlation_id, created_at)
    SELECT id, sequence_number + 1, 'INCIDENT_OPENED', '', jsonb_build_object('kind', 'MISSING_DEFINITION', 'step_key', NULL,
        'subject', NULL, 'signature', 'missing:' || workflow || ':' || version, 'severity', 'ERROR', 'details', '{}'::jsonb,
        'message', 'No live worker knows ' || workflow || ' version ' || version || '.'), correlation_id, workflow_now()
    FROM lonely
), incidents AS (
    INSERT INTO workflow_incident (instance_id, kind, status, severity, signature, message, details, opened_at)
    SELECT id, 'MISSING_DEFINITION', 'OPEN', 'ERROR', 'missing:' || workflow || ':' || version,
        'No live worker knows ' || workflow || ' version ' || version || '.', '{}', workflow_now()
    FROM lonely ON CONFLICT DO NOTHING
)
SELECT id::text FROM lonely
