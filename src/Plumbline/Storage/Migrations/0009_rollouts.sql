-- definition and state as docs/specs/rollouts.md has them; counted is the last measurement that the state contains.
CREATE TABLE rollouts (
  rollout_id BIGINT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  model TEXT NOT NULL REFERENCES registered_models (name) ON UPDATE CASCADE ON DELETE CASCADE,
  definition TEXT NOT NULL,
  state TEXT NOT NULL,
  phase TEXT NOT NULL,
  revision BIGINT NOT NULL,
  counted BIGINT NOT NULL,
  creation_time BIGINT NOT NULL,
  last_update_time BIGINT NOT NULL
);
CREATE UNIQUE INDEX rollouts_running ON rollouts (model) WHERE phase = 'running';

CREATE TABLE rollout_measurements (
  measurement_id BIGINT PRIMARY KEY,
  rollout_id BIGINT NOT NULL REFERENCES rollouts (rollout_id) ON DELETE CASCADE,
  ends_at BIGINT NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX rollout_measurements_rollout ON rollout_measurements (rollout_id, measurement_id);
INSERT INTO counters (name, value) VALUES ('rollout', 0), ('rollout_measurement', 0);
