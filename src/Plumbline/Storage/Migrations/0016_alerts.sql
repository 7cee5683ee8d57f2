-- Alerts: docs/specs/alerts.md. One row an episode; labels is a JSON object, seen_at when the condition was last found to hold, told_at when it was last told. Times are Unix ms.
CREATE TABLE alerts (
  alert_id TEXT PRIMARY KEY,
  model TEXT NOT NULL,
  dedup_key TEXT NOT NULL,
  rule TEXT NOT NULL,
  state TEXT NOT NULL,
  severity TEXT NOT NULL,
  labels TEXT NOT NULL,
  value DOUBLE PRECISION,
  why TEXT NOT NULL,
  runbook TEXT,
  started_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  fired_at BIGINT,
  told_at BIGINT NOT NULL,
  resolved_at BIGINT,
  acknowledged_at BIGINT,
  acknowledged_by TEXT
);
CREATE UNIQUE INDEX alerts_active ON alerts (model, dedup_key) WHERE state IN ('pending', 'firing');
CREATE INDEX alerts_started ON alerts (model, started_at);

-- What is still to be put into messages; body is the notice as JSON.
CREATE TABLE alert_notices (
  notice BIGINT PRIMARY KEY,
  model TEXT NOT NULL,
  body TEXT NOT NULL,
  creation_time BIGINT NOT NULL
);
CREATE INDEX alert_notices_model ON alert_notices (model, creation_time);
INSERT INTO counters (name, value) VALUES ('alert_notice', 0);

-- What goes to one notifier together; body is a JSON array of notices, state waiting or delivered.
CREATE TABLE alert_messages (
  message_id TEXT PRIMARY KEY,
  model TEXT NOT NULL,
  notifier TEXT NOT NULL,
  body TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts BIGINT NOT NULL,
  next_attempt BIGINT NOT NULL,
  fault TEXT,
  last_notice BIGINT NOT NULL,
  creation_time BIGINT NOT NULL,
  delivery_time BIGINT
);
CREATE INDEX alert_messages_model ON alert_messages (model, state, last_notice);

-- What each server has observed of itself last; labels is a JSON object.
CREATE TABLE alert_observations (
  model TEXT NOT NULL,
  process TEXT NOT NULL,
  name TEXT NOT NULL,
  labels TEXT NOT NULL,
  value DOUBLE PRECISION NOT NULL,
  observed_at BIGINT NOT NULL,
  PRIMARY KEY (model, process, name, labels)
);

-- Requests for predictions by minute and process, later by hour with process empty; durations is a comma-separated list of counts by bucket, empty in hours.
CREATE TABLE service_windows (
  model TEXT NOT NULL,
  starts_at BIGINT NOT NULL,
  process TEXT NOT NULL,
  requests BIGINT NOT NULL,
  failures BIGINT NOT NULL,
  durations TEXT NOT NULL,
  PRIMARY KEY (model, starts_at, process)
);
