-- New instances in the same statement, with whatever events they are born with (STARTED, perhaps the first intent).
-- A business key that is in use inserts nothing, and their events find no row to join.
, given AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(births)s::text::json) AS g(
        id uuid, workflow text, version int, changes jsonb, business_key text, correlation_id text, queue text,
        priority smallint, input jsonb, at timestamptz, wake_at timestamptz, worker_id uuid, parent_id uuid,
        retried_from_id uuid, deadline_at timestamptz, n int)
), made AS (
    INSERT INTO workflow_instance (id, workflow, version, changes, status, business_key, correlation_id, queue, priority,
        input, wake_at, worker_id, token, sequence_number, inbox_number, deadline_at, parent_id, retried_from_id,
        recovery_count, created_at, updated_at)
    SELECT id, workflow, version, changes, 'ACTIVE', business_key, correlation_id, queue, priority, input,
        CASE WHEN worker_id IS NULL THEN wake_at END, worker_id, CASE WHEN worker_id IS NULL THEN 0 ELSE 1 END, n, 0,
        deadline_at, parent_id, retried_from_id, 0, at, at
    FROM given
    ON CONFLICT DO NOTHING
    RETURNING id, worker_id, correlation_id
)
