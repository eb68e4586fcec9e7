-- The turns of dead workers: token raised, due again, RECOVERY in the history; quarantined after too many in a row.
-- The worker's death is checked again under the row lock, so a heartbeat that came meanwhile wins.
WITH gone AS MATERIALIZED (
    SELECT d.id FROM unnest(%(dead)s::text[]::uuid[]) AS d(id)
    LEFT JOIN workflow_worker w ON w.id = d.id
    WHERE w.id IS NULL OR w.stopped_at IS NOT NULL
       OR GREATEST(w.heartbeat_at, pg_postmaster_start_time()) < clock_timestamp() - make_interval(secs => %(dead_after)s)
), buried AS (
    UPDATE workflow_worker SET stopped_at = clock_timestamp(), busy = 0
    WHERE id IN (SELECT id FROM gone) AND stopped_at IS NULL
), orphan AS MATERIALIZED (
    SELECT id, worker_id, sequence_number, recovery_count, correlation_id, status FROM workflow_instance
    WHERE worker_id IN (SELECT id FROM gone) ORDER BY id LIMIT %(limit)s::int FOR NO KEY UPDATE SKIP LOCKED
), taken AS (
    UPDATE workflow_instance i
    SET worker_id = NULL, token = i.token + 1, recovery_count = i.recovery_count + 1, updated_at = GREATEST(i.updated_at, workflow_now()),
        sequence_number = i.sequence_number + CASE WHEN o.recovery_count + 1 >= %(quarantine)s::int THEN 2 ELSE 1 END,
        wake_at = CASE WHEN o.recovery_count + 1 >= %(quarantine)s::int THEN NULL ELSE workflow_now() END,
        waiting_for = CASE WHEN o.recovery_count + 1 >= %(quarantine)s::int THEN ARRAY['INCIDENT'] END
    FROM orphan o WHERE i.id = o.id
), history AS (
    INSERT INTO workflow_event
        (instance_id, sequence_number, event_type, step_key, payload, correlation_id, created_at)
    SELECT id, sequence_number + 1, 'RECOVERY', '',
        jsonb_build_object('worker_id', worker_id, 'recovery_count', recovery_count + 1), correlation_id, workflow_now()
    FROM orphan
    UNION ALL
    SELECT id, sequence_number + 2, 'INCIDENT_OPENED', '', jsonb_build_object('kind', 'QUARANTINE', 'step_key', NULL,
        'subject', NULL, 'signature', 'quarantine', 'severity', 'CRITICAL', 'details', '{}'::jsonb,
        'message', 'Its turns ended their worker ' || recovery_count + 1 || ' times in a row.'), correlation_id, workflow_now()
    FROM orphan WHERE recovery_count + 1 >= %(quarantine)s::int
), incidents AS (
    INSERT INTO workflow_incident (instance_id, kind, status, severity, signature, message, details, opened_at)
    SELECT id, 'QUARANTINE', 'OPEN', 'CRITICAL', 'quarantine',
        'Its turns ended their worker ' || recovery_count + 1 || ' times in a row.', '{}', workflow_now()
    FROM orphan WHERE recovery_count + 1 >= %(quarantine)s::int
    ON CONFLICT DO NOTHING
)
SELECT id::text, (recovery_count + 1 >= %(quarantine)s::int) FROM orphan
