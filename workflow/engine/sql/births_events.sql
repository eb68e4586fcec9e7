UNION ALL
    SELECT e.*, CASE WHEN e.type = 'STARTED' THEN NULL::bigint ELSE 1::bigint END, e.o, b.worker_id, b.correlation_id,
           (e.p ->> 'position')::int, 'STEP'
    FROM event e JOIN made b USING (id)
