DROP FUNCTION workflow_now();
