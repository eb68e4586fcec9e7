-- Generated from the FSM of workflow.models.instance (`manage.py check` compares): a status moves along its edges only.
CREATE FUNCTION workflow_status_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.status, NEW.status) NOT IN (VALUES
        ('ACTIVE', 'CANCELLED'),
        ('ACTIVE', 'COMPENSATING'),
        ('ACTIVE', 'COMPENSATION_FAILED'),
        ('ACTIVE', 'COMPLETED'),
        ('ACTIVE', 'FAILED'),
        ('ACTIVE', 'PAUSED'),
        ('ACTIVE', 'TIMED_OUT'),
        ('COMPENSATING', 'COMPENSATED'),
        ('COMPENSATING', 'COMPENSATION_FAILED'),
        ('COMPENSATING', 'PAUSED'),
        ('COMPENSATION_FAILED', 'COMPENSATED'),
        ('COMPENSATION_FAILED', 'COMPENSATING'),
        ('PAUSED', 'ACTIVE'),
        ('PAUSED', 'CANCELLED'),
        ('PAUSED', 'COMPENSATING'),
        ('PAUSED', 'COMPENSATION_FAILED')
    ) THEN
        RAISE EXCEPTION 'workflow_instance %: status cannot go from % to %', OLD.id, OLD.status, NEW.status;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER workflow_status_guard BEFORE UPDATE OF status ON workflow_instance
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION workflow_status_guard();
