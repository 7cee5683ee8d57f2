-- Retention of runs of pipelines (docs/specs/pipelines.md). A run that has pruned_at is gone to all who read; what is left of it is removed in small steps. Unix ms.
ALTER TABLE pipeline_runs ADD COLUMN pruned_at BIGINT;
CREATE INDEX pipeline_runs_pruned ON pipeline_runs (project, pruned_at, run_id) WHERE pruned_at IS NOT NULL;

-- Gates that passed before a rollout are recorded, too (docs/specs/gates.md): another outcome, which needs another CHECK, and SQLite alters none.
ALTER TABLE gate_evaluations RENAME TO gate_evaluations_before;
CREATE TABLE gate_evaluations (
  id BIGINT PRIMARY KEY,
  name TEXT NOT NULL,
  version BIGINT NOT NULL,
  alias TEXT NOT NULL,
  against BIGINT,
  outcome TEXT NOT NULL CHECK (outcome IN ('promoted', 'passed', 'refused', 'overridden')),
  time BIGINT NOT NULL,
  actor TEXT NOT NULL,
  reason TEXT NOT NULL,
  results TEXT NOT NULL
);
INSERT INTO gate_evaluations (id, name, version, alias, against, outcome, time, actor, reason, results)
SELECT id, name, version, alias, against, outcome, time, actor, reason, results FROM gate_evaluations_before;
DROP TABLE gate_evaluations_before;
CREATE INDEX gate_evaluations_by_version ON gate_evaluations (name, version, id);
