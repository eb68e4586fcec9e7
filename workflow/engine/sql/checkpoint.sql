-- One checkpoint (or a batch of them, at most one per instance): fence, instance rows, events and every projection.
-- A member that is not locked is busy or gone; one that is locked but not fenced has lost its lease or its place.
WITH member AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(members)s::text::json) AS m(
        id uuid, token bigint, seq int, worker uuid, front boolean, n int, at timestamptz, inbox int, progress boolean, state text,
        settle boolean, sources text[], status text, wake_at timestamptz, waiting_for text[], release boolean,
        result jsonb, failure jsonb, resume_status text, paused_at timestamptz, finished_at timestamptz,
        deadline_at timestamptz, input jsonb)
), event AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(events)s::text::json) AS e(
        id uuid, t bigint, s int, o int, type text, key text, p jsonb, actor text, actor_id text, at timestamptz, aux jsonb)
), locked AS MATERIALIZED (
    SELECT id, token, sequence_number, inbox_number, worker_id, status, correlation_id
    FROM workflow_instance WHERE id IN (SELECT id FROM member)
    ORDER BY id FOR NO KEY UPDATE {skip_locked}
), fence AS MATERIALIZED (
    SELECT m.*, l.correlation_id FROM member m JOIN locked l USING (id)
    WHERE l.token = m.token AND l.sequence_number = m.seq AND l.worker_id IS NOT DISTINCT FROM m.worker
      AND (m.inbox IS NULL OR m.inbox = l.inbox_number)
      AND (NOT m.settle OR l.status = m.status OR l.status = ANY (m.sources))
)
{births}
, fenced AS MATERIALIZED (
    SELECT e.*, CASE WHEN f.front THEN NULL ELSE f.token END AS token, f.seq + e.o AS number, f.worker, f.correlation_id,
           COALESCE((e.p ->> 'undone')::int, (e.p ->> 'position')::int) AS position,
           CASE WHEN e.p ? 'undone' THEN 'COMPENSATION' ELSE 'STEP' END AS kind
    FROM event e JOIN fence f ON f.id = e.id AND f.token = e.t AND f.seq = e.s
    {births_events}
), advanced AS (
    UPDATE workflow_instance i
    SET sequence_number = f.seq + f.n, state = COALESCE(f.state, i.state), updated_at = GREATEST(i.updated_at, f.at),
        recovery_count = CASE WHEN f.progress THEN 0 ELSE i.recovery_count END
    FROM fence f WHERE i.id = f.id AND NOT f.settle
), settled AS (
    UPDATE workflow_instance i
    SET sequence_number = f.seq + f.n, state = COALESCE(f.state, i.state), updated_at = GREATEST(i.updated_at, f.at),
        recovery_count = CASE WHEN f.progress THEN 0 ELSE i.recovery_count END,
        status = f.status, wake_at = f.wake_at, waiting_for = f.waiting_for, result = f.result, failure = f.failure,
        resume_status = f.resume_status, paused_at = f.paused_at, finished_at = f.finished_at,
        deadline_at = f.deadline_at, input = COALESCE(f.input, i.input),
        worker_id = CASE WHEN f.release THEN NULL ELSE i.worker_id END,
        token = CASE WHEN f.front AND f.worker IS NOT NULL THEN i.token + 1 ELSE i.token END
    FROM fence f WHERE i.id = f.id AND f.settle
), history AS (
    INSERT INTO workflow_event
        (instance_id, sequence_number, event_type, step_key, payload, actor, actor_id, correlation_id, token, created_at)
    SELECT id, number, type, key, p, actor, actor_id, correlation_id, token, at FROM fenced
), intents AS (
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
), ends AS (
    UPDATE step_execution s
    SET status = CASE f.type WHEN 'STEP_FAILED' THEN replace(f.p ->> 'outcome', 'REFUSED', 'FAILED') ELSE 'COMPLETED' END,
        output = f.p -> 'output', error = (f.p -> 'error') || COALESCE(f.aux, '{}'), finished_at = f.at,
        next_attempt_at = (f.p ->> 'next_attempt_at')::timestamptz
    FROM fenced f
    WHERE s.instance_id = f.id AND s.position = f.position AND s.kind = f.kind AND s.attempt = (f.p ->> 'attempt')::int
      AND f.type IN ('STEP_COMPLETED', 'STEP_FAILED', 'SAGA_COMPENSATION') AND NOT f.p ? 'started_at'
){projections}
SELECT l.id::text, l.token, l.sequence_number, l.inbox_number, l.worker_id::text, (f.id IS NOT NULL)
FROM locked l LEFT JOIN fence f USING (id)
{births_results}
