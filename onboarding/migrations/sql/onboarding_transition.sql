-- The machines' tables as they were deployed. Read only: transitions are code, and nobody edits a live definition.
-- action is AUTO for an arrow that is taken by itself, LIMIT for one that is taken when the state's time is up.
CREATE VIEW onboarding_transition AS
SELECT
    definition.version,
    arrow ->> 'from' AS from_state,
    COALESCE(arrow ->> 'action', CASE WHEN (arrow ->> 'auto')::boolean THEN 'AUTO' ELSE 'LIMIT' END) AS action,
    arrow ->> 'to' AS to_state,
    ARRAY(SELECT jsonb_array_elements_text(COALESCE(NULLIF(arrow -> 'actors', 'null'), '[]'))) AS actors,
    COALESCE((arrow ->> 'background')::boolean, false) AS is_async,
    (arrow ->> 'max_retries')::integer AS max_retries,
    make_interval(secs => (arrow ->> 'timeout_seconds')::double precision) AS timeout,
    arrow ->> 'compensation' AS compensation,
    arrow ->> 'step' AS step,
    make_interval(secs => (arrow ->> 'after_seconds')::double precision) AS state_limit,
    place AS position
FROM workflow_definition AS definition
CROSS JOIN LATERAL jsonb_array_elements(definition.graph -> 'transitions') WITH ORDINALITY AS arrows (arrow, place)
WHERE definition.workflow = 'onboarding'
ORDER BY definition.version, place;
