-- Pipelines: docs/specs/pipelines.md. graph is what was declared, as JSON, and never changes; active_key is empty where any number may run, run_key is what a run may be asked for by twice. Times are Unix ms.
CREATE TABLE pipeline_runs (
  run_id TEXT PRIMARY KEY,
  project TEXT NOT NULL,
  pipeline TEXT NOT NULL,
  graph_digest TEXT NOT NULL,
  graph TEXT NOT NULL,
  parameters TEXT NOT NULL,
  started_by TEXT NOT NULL,
  forced TEXT NOT NULL,
  run_key TEXT,
  active_key TEXT NOT NULL,
  interval_from BIGINT,
  interval_until BIGINT,
  trace TEXT NOT NULL,
  state TEXT NOT NULL,
  paused BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  creation_time BIGINT NOT NULL,
  start_time BIGINT,
  end_time BIGINT,
  UNIQUE (project, pipeline, run_key)
);
CREATE INDEX pipeline_runs_pipeline ON pipeline_runs (project, pipeline, creation_time);
CREATE INDEX pipeline_runs_created ON pipeline_runs (creation_time);
CREATE UNIQUE INDEX pipeline_runs_active ON pipeline_runs (active_key) WHERE state = 'running' AND active_key <> '';
CREATE INDEX pipeline_runs_queued ON pipeline_runs (active_key, creation_time) WHERE state = 'queued';

-- How a node of a run stands; the counts are of the tasks of one that is mapped. followed is a list of names as JSON, empty where all that comes after is followed.
CREATE TABLE pipeline_nodes (
  run_id TEXT NOT NULL REFERENCES pipeline_runs (run_id) ON DELETE CASCADE,
  node TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  followed TEXT NOT NULL,
  total BIGINT NOT NULL,
  succeeded BIGINT NOT NULL,
  skipped BIGINT NOT NULL,
  failed BIGINT NOT NULL,
  PRIMARY KEY (run_id, node)
);

-- Tasks that may run, run or ran. queue says who may take it, and is empty where nobody may; lease is the token of the worker that has it or had it last, trace the span that its attempts are part of.
CREATE TABLE pipeline_tasks (
  run_id TEXT NOT NULL REFERENCES pipeline_runs (run_id) ON DELETE CASCADE,
  node TEXT NOT NULL,
  item BIGINT NOT NULL,
  input TEXT NOT NULL,
  state TEXT NOT NULL,
  queue TEXT NOT NULL,
  priority BIGINT NOT NULL,
  slots BIGINT NOT NULL,
  ready_at BIGINT NOT NULL,
  attempt BIGINT NOT NULL,
  failures BIGINT NOT NULL,
  lost BIGINT NOT NULL,
  lease BIGINT NOT NULL,
  reason TEXT NOT NULL,
  trace TEXT NOT NULL,
  start_time BIGINT,
  end_time BIGINT,
  PRIMARY KEY (run_id, node, item)
);
CREATE INDEX pipeline_tasks_queue ON pipeline_tasks (queue, priority DESC, ready_at, run_id, node, item) WHERE queue <> '';
CREATE INDEX pipeline_tasks_run_queue ON pipeline_tasks (run_id, queue, priority DESC, ready_at, node, item) WHERE queue <> '';
CREATE INDEX pipeline_tasks_running ON pipeline_tasks (lease) WHERE state = 'running';

CREATE TABLE pipeline_attempts (
  run_id TEXT NOT NULL,
  node TEXT NOT NULL,
  item BIGINT NOT NULL,
  attempt BIGINT NOT NULL,
  lease BIGINT NOT NULL,
  worker TEXT NOT NULL,
  state TEXT NOT NULL,
  fault TEXT NOT NULL,
  start_time BIGINT NOT NULL,
  end_time BIGINT,
  PRIMARY KEY (run_id, node, item, attempt),
  FOREIGN KEY (run_id, node, item) REFERENCES pipeline_tasks (run_id, node, item) ON DELETE CASCADE
);

-- What a task gave: once. digest is the SHA-256 of output, fingerprint is empty where the result is for this run alone.
CREATE TABLE pipeline_results (
  run_id TEXT NOT NULL,
  node TEXT NOT NULL,
  item BIGINT NOT NULL,
  attempt BIGINT NOT NULL,
  output TEXT NOT NULL,
  digest TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  creation_time BIGINT NOT NULL,
  PRIMARY KEY (run_id, node, item),
  FOREIGN KEY (run_id, node, item) REFERENCES pipeline_tasks (run_id, node, item) ON DELETE CASCADE
);
CREATE INDEX pipeline_results_fingerprint ON pipeline_results (fingerprint, creation_time) WHERE fingerprint <> '';

-- Workers, by the token of their lease; queues is a list of what they take, as JSON.
CREATE TABLE pipeline_workers (
  lease BIGINT PRIMARY KEY,
  name TEXT NOT NULL,
  queues TEXT NOT NULL,
  start_time BIGINT NOT NULL
);

-- next_at is when the next run is due.
CREATE TABLE pipeline_schedules (
  project TEXT NOT NULL,
  name TEXT NOT NULL,
  pipeline TEXT NOT NULL,
  definition TEXT NOT NULL,
  paused BIGINT NOT NULL,
  next_at BIGINT NOT NULL,
  fault TEXT NOT NULL,
  creation_time BIGINT NOT NULL,
  PRIMARY KEY (project, name)
);
