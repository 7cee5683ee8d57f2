-- What was evaluated stays when a model goes, so there are no foreign keys.
CREATE TABLE gate_evaluations (
  id BIGINT PRIMARY KEY,
  name TEXT NOT NULL,
  version BIGINT NOT NULL,
  alias TEXT NOT NULL,
  against BIGINT,
  outcome TEXT NOT NULL CHECK (outcome IN ('promoted', 'refused', 'overridden')),
  time BIGINT NOT NULL,
  actor TEXT NOT NULL,
  reason TEXT NOT NULL,
  results TEXT NOT NULL
);
CREATE INDEX gate_evaluations_by_version ON gate_evaluations (name, version, id);
INSERT INTO counters (name, value) VALUES ('gate_evaluation', 0);
