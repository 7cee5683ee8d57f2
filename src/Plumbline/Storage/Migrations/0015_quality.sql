-- What true labels said of answers: docs/specs/quality.md. seconds is the length of the window from starts_at (Unix ms) on, in which the predictions were made; slice is empty for all of them, else KEY=VALUE; sums is JSON.
CREATE TABLE quality_windows (
  version TEXT NOT NULL,
  starts_at BIGINT NOT NULL,
  seconds BIGINT NOT NULL,
  slice TEXT NOT NULL,
  label_count BIGINT NOT NULL,
  sums TEXT NOT NULL,
  last_update_time BIGINT NOT NULL,
  PRIMARY KEY (version, starts_at, seconds, slice)
);
CREATE INDEX quality_windows_age ON quality_windows (seconds, starts_at);

-- Whether errors became more frequent, in the order in which labels were joined: the state of the tests as JSON.
CREATE TABLE concept_drift (
  version TEXT PRIMARY KEY,
  state TEXT NOT NULL,
  last_update_time BIGINT NOT NULL
);

-- What one server found last of a version, for all: reports as JSON, lease the token of whoever found it.
CREATE TABLE monitor_reports (
  version TEXT PRIMARY KEY,
  lease BIGINT NOT NULL,
  report_time BIGINT NOT NULL,
  report TEXT NOT NULL
);
