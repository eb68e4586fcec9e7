, snapshots AS (
    INSERT INTO state_snapshot (instance_id, sequence_number, state, data, created_at)
    SELECT id, number, COALESCE(p ->> 'state', p -> 'cursor' ->> 'state', ''), COALESCE(aux, '{}'), at
    FROM fenced WHERE type IN ('STATE_ENTERED', 'CONTINUED')
), messages AS (
    INSERT INTO workflow_outbox (instance_id, sequence_number, topic, body, correlation_id, created_at)
    SELECT id, number, p ->> 'topic', p -> 'body', correlation_id, at FROM fenced WHERE type = 'MESSAGE_PUBLISHED'
), incidents AS (
    INSERT INTO workflow_incident
        (instance_id, step_key, subject, kind, status, severity, signature, message, details, opened_at)
    SELECT id, p ->> 'step_key', p ->> 'subject', p ->> 'kind', 'OPEN', p ->> 'severity', p ->> 'signature',
        p ->> 'message', p -> 'details', at
    FROM fenced WHERE type = 'INCIDENT_OPENED'
    ON CONFLICT DO NOTHING
), resolved AS (
    UPDATE workflow_incident w
    SET status = 'RESOLVED', resolved_at = f.at, resolved_by = COALESCE(f.actor_id, 'engine'),
        resolution = f.p ->> 'resolution'
    FROM fenced f
    WHERE f.type = 'INCIDENT_RESOLVED' AND w.instance_id = f.id AND w.status <> 'RESOLVED'
      AND w.subject IS NULL -- one with a subject is an application's own: it blocks nothing, and is resolved by itself
), taken AS (
    UPDATE workflow_inbox b
    SET taken_at = COALESCE(b.taken_at, t.at), answer = COALESCE(t.answer, b.answer)
    FROM json_to_recordset(%(inbox)s::text::json) AS t(id uuid, t bigint, s int, number int, answer jsonb, at timestamptz)
    JOIN fence f ON f.id = t.id AND f.token = t.t AND f.seq = t.s
    WHERE b.instance_id = t.id AND b.number = t.number
)
