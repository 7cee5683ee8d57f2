-- A status more, 'scheduled'. Neither database alters a CHECK in a way that the other knows, so the column is replaced.
ALTER TABLE runs ADD COLUMN wider_status TEXT NOT NULL DEFAULT 'running'
  CHECK (wider_status IN ('scheduled', 'running', 'finished', 'failed', 'killed'));
UPDATE runs SET wider_status = status;
ALTER TABLE runs DROP COLUMN status;
ALTER TABLE runs RENAME COLUMN wider_status TO status;
ALTER TABLE runs ADD COLUMN user_id TEXT NOT NULL DEFAULT '';
INSERT INTO tags (run_id, key, value) SELECT run_id, 'mlflow.runName', run_name FROM runs WHERE true ON CONFLICT DO NOTHING;

-- Null: beside the store.
ALTER TABLE experiments ADD COLUMN artifact_location TEXT;

CREATE TABLE experiment_tags (
  experiment_id BIGINT NOT NULL REFERENCES experiments (experiment_id),
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (experiment_id, key)
);

-- What searches compare and sort by. Of texts only the beginning is indexed: PostgreSQL's index rows have 2,704 bytes.
CREATE INDEX latest_metrics_by_value ON latest_metrics (key, is_nan, value, run_id);
CREATE INDEX params_by_value ON params (key, substr(value, 1, 100));
CREATE INDEX tags_by_value ON tags (key, substr(value, 1, 100));

-- Data sets as MLflow's clients describe them; dataset_inputs has the snapshots among them.
CREATE TABLE run_datasets (
  run_id TEXT NOT NULL REFERENCES runs (run_id),
  name TEXT NOT NULL,
  digest TEXT NOT NULL,
  source_type TEXT NOT NULL,
  source TEXT NOT NULL,
  columns TEXT NOT NULL,
  profile TEXT NOT NULL,
  PRIMARY KEY (run_id, name, digest)
);
CREATE INDEX run_datasets_by_name ON run_datasets (name, digest);

CREATE TABLE run_dataset_tags (
  run_id TEXT NOT NULL,
  name TEXT NOT NULL,
  digest TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (run_id, name, digest, key),
  FOREIGN KEY (run_id, name, digest) REFERENCES run_datasets (run_id, name, digest)
);

INSERT INTO run_datasets (run_id, name, digest, source_type, source, columns, profile)
SELECT DISTINCT run_id, 'snapshot', snapshot_digest, 'local', '{"uri": "snapshots/' || snapshot_digest || '"}', '', '' FROM dataset_inputs;
INSERT INTO run_dataset_tags (run_id, name, digest, key, value)
SELECT run_id, 'snapshot', snapshot_digest, 'mlflow.data.context', min(context) FROM dataset_inputs GROUP BY run_id, snapshot_digest;

-- source_run_id is no foreign key: a model may be logged without a run, or before it.
CREATE TABLE logged_models (
  model_id TEXT PRIMARY KEY,
  experiment_id BIGINT NOT NULL REFERENCES experiments (experiment_id),
  name TEXT NOT NULL,
  model_type TEXT NOT NULL,
  source_run_id TEXT,
  status TEXT NOT NULL CHECK (status IN ('pending', 'ready', 'upload_failed')),
  creation_time BIGINT NOT NULL,
  last_update_time BIGINT NOT NULL,
  lifecycle_stage TEXT NOT NULL CHECK (lifecycle_stage IN ('active', 'deleted'))
);
CREATE INDEX logged_models_by_experiment ON logged_models (experiment_id, creation_time, model_id);
CREATE INDEX logged_models_by_name ON logged_models (name);

CREATE TABLE logged_model_params (
  model_id TEXT NOT NULL REFERENCES logged_models (model_id),
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (model_id, key)
);

CREATE TABLE logged_model_tags (
  model_id TEXT NOT NULL REFERENCES logged_models (model_id),
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (model_id, key)
);

-- The latest point of each run and data set, as in latest_metrics.
CREATE TABLE logged_model_metrics (
  model_id TEXT NOT NULL REFERENCES logged_models (model_id),
  key TEXT NOT NULL,
  run_id TEXT NOT NULL REFERENCES runs (run_id),
  dataset_name TEXT NOT NULL,
  dataset_digest TEXT NOT NULL,
  step BIGINT NOT NULL,
  timestamp BIGINT NOT NULL,
  value DOUBLE PRECISION NOT NULL,
  is_nan BIGINT NOT NULL,
  PRIMARY KEY (model_id, key, run_id, dataset_name, dataset_digest)
);

CREATE TABLE run_models (
  run_id TEXT NOT NULL REFERENCES runs (run_id),
  model_id TEXT NOT NULL REFERENCES logged_models (model_id),
  direction TEXT NOT NULL CHECK (direction IN ('input', 'output')),
  step BIGINT NOT NULL,
  PRIMARY KEY (run_id, direction, model_id, step)
);
