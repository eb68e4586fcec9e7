-- Hot tables: room on the page for HOT updates, and vacuum before bloat.
ALTER TABLE workflow_instance SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
ALTER TABLE step_execution SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE workflow_worker SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200);
ALTER TABLE workflow_event SET (autovacuum_vacuum_insert_scale_factor = 0.1, autovacuum_analyze_scale_factor = 0.05);
