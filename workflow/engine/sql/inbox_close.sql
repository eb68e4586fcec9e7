-- What stands unread in the inbox of an instance that staff end: taken, and actions answered. Providers are never refused.
UPDATE workflow_inbox
SET taken_at = workflow_now(),
    answer = CASE WHEN kind <> 'ACTION' THEN answer
        WHEN actor = 'PROVIDER' THEN jsonb_build_object('status', 'ignored')
        ELSE jsonb_build_object('status', 'refused', 'code', 'action-not-possible', 'possible', '[]'::jsonb,
            'detail', 'Action ' || name || ' is not possible: the instance has ended.') END
WHERE instance_id = %(id)s::text::uuid AND taken_at IS NULL
RETURNING number, kind, name, payload, actor, actor_id
