-- One checkpoint (or a batch of them, at most one per instance): fence, instance rows, events and every projection.
-- A statement is put together from the parts that its checkpoints need (see `statements.checkpoint`): what is not
-- planned costs nothing. Rows are found by key, however small the planner believes the tables to be: hence the arrays.

-- part: members
member AS MATERIALIZED (
    -- One that is not locked is busy or gone; one that is locked but not fenced has lost its lease or its place.
    SELECT * FROM json_to_recordset(%(members)s::text::json) AS m(
        k int, id uuid, token bigint, seq int, worker uuid, front boolean, n int, at timestamptz, inbox int,
        progress boolean, state text, sources text[], settle json, events json)
), locked AS MATERIALIZED (
    SELECT m.*, i.token AS held_token, i.sequence_number, i.inbox_number, i.worker_id, i.status, i.correlation_id
    FROM (SELECT * FROM member ORDER BY id) m
    CROSS JOIN LATERAL (
        SELECT w.token, w.sequence_number, w.inbox_number, w.worker_id, w.status, w.correlation_id
        FROM workflow_instance w WHERE w.id = m.id FOR NO KEY UPDATE {skip_locked}) i
), fence AS MATERIALIZED (
    SELECT * FROM locked
    WHERE held_token = token AND sequence_number = seq AND worker_id IS NOT DISTINCT FROM worker
      AND (inbox IS NULL OR inbox = inbox_number) AND (sources IS NULL OR status = ANY (sources))
), owned AS MATERIALIZED (
    SELECT f.id, e.*, CASE WHEN f.front THEN NULL ELSE f.token END AS token, f.seq + e.o AS number, f.worker,
           f.correlation_id, COALESCE((e.p ->> 'undone')::int, (e.p ->> 'position')::int) AS position,
           CASE WHEN e.p ? 'undone' THEN 'COMPENSATION' ELSE 'STEP' END AS kind
    FROM fence f CROSS JOIN LATERAL json_to_recordset(f.events) AS e(
        o int, type text, key text, p jsonb, actor text, actor_id text, at timestamptz, aux jsonb)
)

-- part: members_events
SELECT * FROM owned

-- part: members_results
SELECT l.k, l.held_token, l.sequence_number, l.inbox_number, l.worker_id::text, l.k IN (SELECT k FROM fence) FROM locked l

-- part: births
given AS MATERIALIZED (
    -- New instances, with whatever events they are born with (STARTED, perhaps the first intent).
    -- A business key that is in use inserts nothing, and then no event either.
    SELECT * FROM json_to_recordset(%(births)s::text::json) AS g(
        k int, id uuid, workflow text, version int, changes jsonb, business_key text, correlation_id text, queue text,
        priority smallint, input jsonb, at timestamptz, wake_at timestamptz, worker_id uuid, parent_id uuid,
        retried_from_id uuid, deadline_at timestamptz, n int, events json)
), made AS (
    INSERT INTO workflow_instance (id, workflow, version, changes, status, business_key, correlation_id, queue, priority,
        input, wake_at, worker_id, token, sequence_number, inbox_number, deadline_at, parent_id, retried_from_id,
        recovery_count, created_at, updated_at)
    SELECT id, workflow, version, changes, 'ACTIVE', business_key, correlation_id, queue, priority, input,
        CASE WHEN worker_id IS NULL THEN wake_at END, worker_id, CASE WHEN worker_id IS NULL THEN 0 ELSE 1 END, n, 0,
        deadline_at, parent_id, retried_from_id, 0, at, at
    FROM given
    ON CONFLICT DO NOTHING
    RETURNING id
), born AS MATERIALIZED (
    SELECT g.id, e.*, CASE WHEN e.type = 'STARTED' THEN NULL::bigint ELSE 1::bigint END AS token, e.o AS number,
           g.worker_id AS worker, g.correlation_id, (e.p ->> 'position')::int AS position, 'STEP' AS kind
    FROM given g CROSS JOIN LATERAL json_to_recordset(g.events) AS e(
        o int, type text, key text, p jsonb, actor text, actor_id text, at timestamptz, aux jsonb)
    WHERE g.id IN (SELECT id FROM made)
)

-- part: births_events
SELECT * FROM born

-- part: births_results
SELECT g.k, 1::bigint, 0, 0, g.worker_id::text, true FROM given g WHERE g.id IN (SELECT id FROM made)

-- part: advances
advanced AS (
    UPDATE workflow_instance i
    SET sequence_number = f.seq + f.n, state = COALESCE(f.state, i.state), updated_at = GREATEST(i.updated_at, f.at),
        recovery_count = CASE WHEN f.progress THEN 0 ELSE i.recovery_count END
    FROM fence f
    WHERE i.id = f.id AND i.id = ANY (ARRAY(SELECT id FROM fence)) AND f.settle IS NULL
)

-- part: settles
settled AS (
    UPDATE workflow_instance i
    SET sequence_number = f.seq + f.n, state = COALESCE(f.state, i.state), updated_at = GREATEST(i.updated_at, f.at),
        recovery_count = CASE WHEN f.progress THEN 0 ELSE i.recovery_count END,
        status = t.status, wake_at = t.wake_at, waiting_for = t.waiting_for, result = t.result, failure = t.failure,
        resume_status = t.resume_status, paused_at = t.paused_at, finished_at = t.finished_at,
        deadline_at = t.deadline_at, input = COALESCE(t.input, i.input),
        worker_id = CASE WHEN t.release THEN NULL ELSE i.worker_id END,
        token = CASE WHEN f.front AND f.worker IS NOT NULL THEN i.token + 1 ELSE i.token END
    FROM fence f CROSS JOIN LATERAL json_to_record(f.settle) AS t(
        status text, wake_at timestamptz, waiting_for text[], release boolean, result jsonb, failure jsonb,
        resume_status text, paused_at timestamptz, finished_at timestamptz, deadline_at timestamptz, input jsonb)
    WHERE i.id = f.id AND i.id = ANY (ARRAY(SELECT id FROM fence)) AND f.settle IS NOT NULL
)

-- part: history
history AS (
    INSERT INTO workflow_event
        (instance_id, sequence_number, event_type, step_key, payload, actor, actor_id, correlation_id, token, created_at)
    SELECT id, number, type, key, p, actor, actor_id, correlation_id, token, at FROM fenced
)

-- part: intents
intents AS (
    INSERT INTO step_execution (instance_id, step_key, position, attempt, generation, kind, status, input, output, error,
        idempotency_key, started_at, finished_at, deadline_at, next_attempt_at, worker_id)
    SELECT id, key, position, (p ->> 'attempt')::int, COALESCE((p ->> 'generation')::int, 1), kind,
        CASE type WHEN 'STEP_STARTED' THEN 'RUNNING' WHEN 'STEP_FAILED' THEN replace(p ->> 'outcome', 'REFUSED', 'FAILED')
                  ELSE 'COMPLETED' END,
        p -> 'input', p -> 'output', (p -> 'error') || COALESCE(aux, '{}'), p ->> 'key',
        COALESCE((p ->> 'started_at')::timestamptz, at), CASE WHEN type <> 'STEP_STARTED' THEN at END,
        (p ->> 'deadline_at')::timestamptz, (p ->> 'next_attempt_at')::timestamptz, worker
    FROM fenced WHERE type = 'STEP_STARTED'
       OR (type IN ('STEP_COMPLETED', 'STEP_FAILED', 'SAGA_COMPENSATION') AND p ? 'started_at')
)

-- part: ends
ends AS (
    UPDATE step_execution s
    SET status = CASE f.type WHEN 'STEP_FAILED' THEN replace(f.p ->> 'outcome', 'REFUSED', 'FAILED') ELSE 'COMPLETED' END,
        output = f.p -> 'output', error = (f.p -> 'error') || COALESCE(f.aux, '{}'), finished_at = f.at,
        next_attempt_at = (f.p ->> 'next_attempt_at')::timestamptz
    FROM owned f -- what is being born ends nothing yet
    WHERE s.instance_id = f.id AND s.position = f.position AND s.kind = f.kind AND s.attempt = (f.p ->> 'attempt')::int
      AND f.type IN ('STEP_COMPLETED', 'STEP_FAILED', 'SAGA_COMPENSATION') AND NOT f.p ? 'started_at'
)

-- part: projections
snapshots AS (
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
    FROM owned f
    WHERE f.type = 'INCIDENT_RESOLVED' AND w.instance_id = f.id AND w.status <> 'RESOLVED'
      AND w.subject IS NULL -- one with a subject is an application's own: it blocks nothing, and is resolved by itself
), taken AS (
    UPDATE workflow_inbox b
    SET taken_at = COALESCE(b.taken_at, t.at), answer = COALESCE(t.answer, b.answer)
    FROM json_to_recordset(%(inbox)s::text::json) AS t(k int, number int, answer jsonb, at timestamptz)
    JOIN fence f USING (k)
    WHERE b.instance_id = f.id AND b.number = t.number
)
