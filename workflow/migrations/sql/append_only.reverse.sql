DROP TRIGGER workflow_event_append_only ON workflow_event;
DROP FUNCTION workflow_event_append_only();
