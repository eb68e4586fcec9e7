-- Time in SQL: a session setting overrides it in tests, else the database's own clock.
CREATE FUNCTION workflow_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT COALESCE(NULLIF(current_setting('workflow.now', true), '')::timestamptz, now())
$$;
