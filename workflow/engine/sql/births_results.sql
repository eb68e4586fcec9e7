UNION ALL
SELECT id::text, 1::bigint, 0, 0, worker_id::text, true FROM made
