-- How many instances ended how, undos took effect or failed, and turns were recovered, in [since, until).
SELECT fact.measure, COALESCE(i.workflow, '') AS workflow, fact.outcome, count(*) AS count
FROM workflow_event e
LEFT JOIN workflow_instance i ON i.id = e.instance_id
CROSS JOIN LATERAL (
    SELECT 'EXECUTION' AS measure, e.event_type AS outcome
    WHERE e.event_type IN ('COMPLETED', 'COMPENSATED', 'FAILED', 'CANCELLED', 'TIMED_OUT')
    UNION ALL
    SELECT 'FAILURE', CASE
        WHEN i.failure ->> 'type' IN ('TIMED_OUT', 'CANCELLED', 'REJECTED', 'TERMINATED') THEN i.failure ->> 'type'
        WHEN e.event_type IN ('CANCELLED', 'TIMED_OUT') THEN e.event_type
        ELSE 'FAILED' END
    WHERE e.event_type IN ('COMPENSATED', 'FAILED', 'CANCELLED', 'TIMED_OUT')
    UNION ALL
    SELECT 'COMPENSATION', CASE e.event_type WHEN 'SAGA_COMPENSATION' THEN 'COMPLETED' ELSE 'FAILED' END
    WHERE e.event_type IN ('SAGA_COMPENSATION', 'COMPENSATION_FAILED')
    UNION ALL
    SELECT 'RECOVERY', '' WHERE e.event_type = 'RECOVERY'
) AS fact
WHERE e.event_type IN (
        'COMPLETED', 'COMPENSATED', 'FAILED', 'CANCELLED', 'TIMED_OUT',
        'SAGA_COMPENSATION', 'COMPENSATION_FAILED', 'RECOVERY'
    )
    AND e.created_at >= COALESCE(%(since)s::timestamptz, '-infinity')
    AND e.created_at < COALESCE(%(until)s::timestamptz, 'infinity')
GROUP BY 1, 2, 3
