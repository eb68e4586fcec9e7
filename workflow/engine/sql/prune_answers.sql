-- Answers of actions stand in the inbox; they move beside their key, which outlives the instance.
UPDATE workflow_idempotency k
SET answer = jsonb_build_object('inbox', b.answer, 'state', i.state, 'status', i.status)
FROM workflow_instance i
LEFT JOIN workflow_inbox b ON b.instance_id = i.id
WHERE i.id = ANY(%(ids)s::text[]::uuid[]) AND k.instance_id = i.id AND k.inbox_number = b.number
  AND k.answer IS NULL AND k.inbox_number IS NOT NULL
