-- The true label of each prediction, as far as it is known: docs/specs/prediction-log.md. A prediction's id is 32 hex digits, process the first of its last 12 with the generation cleared.
-- Times are Unix ms, label_time Unix microseconds. next_attempt says when to look for the prediction; NULL: it is joined, or set aside for the reason in fault.
CREATE TABLE feedback (
  prediction_id TEXT PRIMARY KEY,
  process TEXT NOT NULL,
  label TEXT NOT NULL,
  label_time BIGINT NOT NULL,
  arrival_time BIGINT NOT NULL,
  next_attempt BIGINT,
  attempts BIGINT NOT NULL,
  joined_label TEXT,
  fault TEXT
);
CREATE INDEX feedback_waiting ON feedback (process, next_attempt) WHERE next_attempt IS NOT NULL;
CREATE INDEX feedback_arrived ON feedback (arrival_time);

CREATE TABLE feedback_ids (
  feedback_id TEXT PRIMARY KEY,
  arrival_time BIGINT NOT NULL
);
CREATE INDEX feedback_ids_arrived ON feedback_ids (arrival_time);

CREATE TABLE feedback_changes (
  change_id BIGINT PRIMARY KEY,
  prediction_id TEXT NOT NULL,
  version TEXT NOT NULL,
  route TEXT,
  predicted_label TEXT NOT NULL,
  confidence DOUBLE PRECISION NOT NULL,
  label TEXT NOT NULL,
  replaced_label TEXT,
  label_time BIGINT NOT NULL,
  creation_time BIGINT NOT NULL
);
CREATE INDEX feedback_changes_made ON feedback_changes (creation_time);

CREATE TABLE feedback_consumers (
  name TEXT PRIMARY KEY,
  position BIGINT NOT NULL,
  last_update_time BIGINT NOT NULL
);
INSERT INTO counters (name, value) VALUES ('feedback_change', 0);
