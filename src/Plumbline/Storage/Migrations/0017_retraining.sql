-- Retraining: docs/specs/retraining.md. story is all that a cycle tells, as JSON; state is in it, too. Of a model at most one cycle is open: has no end_time. Times are Unix ms.
CREATE TABLE retraining_cycles (
  cycle_id TEXT PRIMARY KEY,
  model TEXT NOT NULL,
  state TEXT NOT NULL,
  story TEXT NOT NULL,
  creation_time BIGINT NOT NULL,
  end_time BIGINT
);
CREATE UNIQUE INDEX retraining_cycles_open ON retraining_cycles (model) WHERE end_time IS NULL;
CREATE INDEX retraining_cycles_made ON retraining_cycles (model, creation_time);
