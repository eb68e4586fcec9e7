DROP TRIGGER workflow_status_guard ON workflow_instance;
DROP FUNCTION workflow_status_guard();
