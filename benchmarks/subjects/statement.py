"""The bare loop's statement: only the parts that a flush has rows for; nothing is planned or run for nothing."""

from __future__ import annotations

from functools import cache

PARTS = {
    "births": """INSERT INTO workflow_instance (id, workflow, version, changes, status, correlation_id, queue, priority,
            input, worker_id, token, sequence_number, inbox_number, recovery_count, created_at, updated_at)
        SELECT id, 'bench-three-steps', 1, '{}', 'ACTIVE', correlation_id, 'default', 0, input, worker, 1, n, 0, 0,
            at, at
        FROM json_to_recordset($births::text::json)
            AS b(id uuid, correlation_id text, input jsonb, worker uuid, n int, at timestamptz)""",
    "moves": """UPDATE workflow_instance i SET sequence_number = m.n, updated_at = m.at
        FROM json_to_recordset($moves::text::json) AS m(id uuid, n int, at timestamptz) WHERE i.id = m.id""",
    "finishes": """UPDATE workflow_instance i SET sequence_number = f.n, updated_at = f.at, status = 'COMPLETED',
            worker_id = NULL, result = f.result, finished_at = f.at
        FROM json_to_recordset($finishes::text::json) AS f(id uuid, n int, result jsonb, at timestamptz)
        WHERE i.id = f.id""",
    "events": """INSERT INTO workflow_event (instance_id, sequence_number, event_type, step_key, payload, actor,
            correlation_id, token, created_at)
        SELECT id, n, type, key, p, actor, correlation_id, token, at
        FROM json_to_recordset($events::text::json) AS e(id uuid, n int, type text, key text, p jsonb, actor text,
            correlation_id text, token bigint, at timestamptz)""",
    "intents": """INSERT INTO step_execution (instance_id, step_key, position, attempt, generation, kind, status, input,
            idempotency_key, started_at, deadline_at, worker_id)
        SELECT id, key, position, 1, 1, 'STEP', 'RUNNING', input, ikey, at, deadline_at, worker
        FROM json_to_recordset($intents::text::json) AS s(id uuid, key text, position int, input jsonb, ikey text,
            at timestamptz, deadline_at timestamptz, worker uuid)""",
    "ends": """UPDATE step_execution s SET status = 'COMPLETED', output = e.output, finished_at = e.at
        FROM json_to_recordset($ends::text::json)
            AS e(id uuid, position int, kind text, attempt int, output jsonb, at timestamptz)
        WHERE s.instance_id = e.id AND s.position = e.position AND s.kind = e.kind AND s.attempt = e.attempt""",
}


@cache
def statement(parts: frozenset[str]) -> tuple[str, list[str]]:
    """SQL with PostgreSQL's own placeholders, and the parts in their order."""
    names = sorted(parts)
    texts = []
    for number, name in enumerate(names, start=1):
        sql = PARTS[name].replace(f"${name}", f"${number}")
        texts.append(f"{name} AS ({sql})")
    return f"WITH {', '.join(texts)} SELECT 1", names
