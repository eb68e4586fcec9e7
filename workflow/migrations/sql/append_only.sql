-- History is append-only, in PostgreSQL too. DELETE only while pruning (a transaction-local setting), of ended instances.
CREATE FUNCTION workflow_event_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        RAISE EXCEPTION 'workflow_event is append-only: event % of % cannot be changed', OLD.sequence_number, OLD.instance_id;
    END IF;
    IF COALESCE(current_setting('workflow.prune', true), '') <> 'on'
       OR EXISTS (SELECT 1 FROM workflow_instance WHERE id = OLD.instance_id AND finished_at IS NULL) THEN
        RAISE EXCEPTION 'workflow_event is append-only: event % of % cannot be deleted', OLD.sequence_number, OLD.instance_id;
    END IF;
    RETURN OLD;
END
$$;
CREATE TRIGGER workflow_event_append_only BEFORE UPDATE OR DELETE ON workflow_event
    FOR EACH ROW EXECUTE FUNCTION workflow_event_append_only();
