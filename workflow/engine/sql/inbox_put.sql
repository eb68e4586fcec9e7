-- One message: the inbox row, the raised inbox number, and the wake-up of an instance that waits for it.
WITH target AS (
    UPDATE workflow_instance
    SET inbox_number = inbox_number + 1, updated_at = GREATEST(updated_at, workflow_now()),
        wake_at = CASE WHEN worker_id IS NULL AND status IN ('ACTIVE', 'COMPENSATING') AND NOT %(taken)s::boolean
                            AND (%(wakes)s::text[] IS NULL OR waiting_for && %(wakes)s::text[])
                       THEN LEAST(COALESCE(wake_at, workflow_now()), workflow_now()) ELSE wake_at END
    WHERE id = %(id)s::text::uuid AND finished_at IS NULL
    RETURNING id, inbox_number, state, correlation_id
)
INSERT INTO workflow_inbox
    (instance_id, number, kind, name, payload, actor, actor_id, correlation_id, admitted_state, created_at, taken_at)
SELECT id, inbox_number, %(kind)s::text, %(name)s::text, %(payload)s::text::jsonb, %(actor)s::text, %(actor_id)s::text,
    COALESCE(%(correlation_id)s::text, correlation_id), state, workflow_now(),
    CASE WHEN %(taken)s::boolean THEN workflow_now() END
FROM target
RETURNING number, admitted_state
