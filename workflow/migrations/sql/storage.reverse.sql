ALTER TABLE workflow_instance RESET (fillfactor, autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold);
ALTER TABLE step_execution RESET (fillfactor, autovacuum_vacuum_scale_factor);
ALTER TABLE workflow_worker RESET (fillfactor, autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold);
ALTER TABLE workflow_event RESET (autovacuum_vacuum_insert_scale_factor, autovacuum_analyze_scale_factor);
