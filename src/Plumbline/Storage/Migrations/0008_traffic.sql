-- Which versions of a model answer. body is the plan as docs/specs/serving.md has it.
CREATE TABLE traffic_plans (
  name TEXT PRIMARY KEY REFERENCES registered_models (name) ON UPDATE CASCADE ON DELETE CASCADE,
  revision BIGINT NOT NULL,
  body TEXT NOT NULL,
  last_update_time BIGINT NOT NULL
);
