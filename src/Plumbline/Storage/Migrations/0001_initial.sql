-- Times are Unix ms, UTC. Types are those that SQLite and PostgreSQL share.

CREATE TABLE counters (
  name TEXT PRIMARY KEY,
  value BIGINT NOT NULL
);
INSERT INTO counters (name, value) VALUES ('experiment', 0), ('event', 0);

CREATE TABLE events (
  id BIGINT PRIMARY KEY,
  time BIGINT NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail TEXT NOT NULL
);
CREATE INDEX events_by_subject ON events (subject, id);

CREATE TABLE experiments (
  experiment_id BIGINT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  lifecycle_stage TEXT NOT NULL CHECK (lifecycle_stage IN ('active', 'deleted')),
  creation_time BIGINT NOT NULL,
  last_update_time BIGINT NOT NULL
);
-- MLflow's clients take for granted that experiment 0 exists.
INSERT INTO experiments (experiment_id, name, lifecycle_stage, creation_time, last_update_time)
SELECT 0, 'Default', 'active', applied_at, applied_at FROM schema_migrations WHERE version = 1;

CREATE TABLE runs (
  run_id TEXT PRIMARY KEY,
  experiment_id BIGINT NOT NULL REFERENCES experiments (experiment_id),
  run_name TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('running', 'finished', 'failed', 'killed')),
  start_time BIGINT NOT NULL,
  end_time BIGINT,
  parent_run_id TEXT REFERENCES runs (run_id),
  artifact_uri TEXT NOT NULL,
  lifecycle_stage TEXT NOT NULL CHECK (lifecycle_stage IN ('active', 'deleted'))
);
CREATE INDEX runs_by_start ON runs (start_time, run_id);
CREATE INDEX runs_by_experiment ON runs (experiment_id, start_time, run_id);
CREATE INDEX runs_by_parent ON runs (parent_run_id);

CREATE TABLE params (
  run_id TEXT NOT NULL REFERENCES runs (run_id),
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (run_id, key)
);

CREATE TABLE tags (
  run_id TEXT NOT NULL REFERENCES runs (run_id),
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (run_id, key)
);

-- The value is part of the key, so that a point logged again is stored once. NaN is is_nan = 1 with value 0: SQLite cannot store it.
CREATE TABLE metrics (
  run_id TEXT NOT NULL REFERENCES runs (run_id),
  key TEXT NOT NULL,
  step BIGINT NOT NULL,
  timestamp BIGINT NOT NULL,
  value DOUBLE PRECISION NOT NULL,
  is_nan BIGINT NOT NULL,
  PRIMARY KEY (run_id, key, step, timestamp, value, is_nan)
);

CREATE TABLE latest_metrics (
  run_id TEXT NOT NULL REFERENCES runs (run_id),
  key TEXT NOT NULL,
  step BIGINT NOT NULL,
  timestamp BIGINT NOT NULL,
  value DOUBLE PRECISION NOT NULL,
  is_nan BIGINT NOT NULL,
  PRIMARY KEY (run_id, key)
);

CREATE TABLE dataset_inputs (
  run_id TEXT NOT NULL REFERENCES runs (run_id),
  snapshot_digest TEXT NOT NULL,
  context TEXT NOT NULL,
  PRIMARY KEY (run_id, snapshot_digest, context)
);
CREATE INDEX dataset_inputs_by_snapshot ON dataset_inputs (snapshot_digest);

CREATE TABLE registered_models (
  name TEXT PRIMARY KEY,
  description TEXT NOT NULL,
  creation_time BIGINT NOT NULL,
  last_version BIGINT NOT NULL
);

-- run_id is no foreign key: a bundle may have been trained elsewhere.
CREATE TABLE model_versions (
  name TEXT NOT NULL REFERENCES registered_models (name),
  version BIGINT NOT NULL,
  bundle_digest TEXT NOT NULL,
  run_id TEXT,
  snapshot_digest TEXT,
  description TEXT NOT NULL,
  creation_time BIGINT NOT NULL,
  PRIMARY KEY (name, version),
  UNIQUE (name, bundle_digest)
);

CREATE TABLE model_version_tags (
  name TEXT NOT NULL,
  version BIGINT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (name, version, key),
  FOREIGN KEY (name, version) REFERENCES model_versions (name, version)
);

CREATE TABLE model_aliases (
  name TEXT NOT NULL,
  alias TEXT NOT NULL,
  version BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  PRIMARY KEY (name, alias),
  FOREIGN KEY (name, version) REFERENCES model_versions (name, version)
);
