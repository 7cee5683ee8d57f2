-- Retention of runs of pipelines (docs/specs/pipelines.md). A run that has pruned_at is gone to all who read; what is left of it is removed in small steps. Unix ms.
ALTER TABLE pipeline_runs ADD COLUMN pruned_at BIGINT;
CREATE INDEX pipeline_runs_pruned ON pipeline_runs (project, pruned_at, run_id) WHERE pruned_at IS NOT NULL;
