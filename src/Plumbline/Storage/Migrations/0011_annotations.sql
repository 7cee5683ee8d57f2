-- Notes on models and on their versions, which are only added. Those on a version stay when it goes: its number is never given out again.
CREATE TABLE annotations (
  annotation_id BIGINT PRIMARY KEY,
  name TEXT NOT NULL REFERENCES registered_models (name) ON UPDATE CASCADE,
  version BIGINT,
  text TEXT NOT NULL,
  author TEXT NOT NULL,
  time BIGINT NOT NULL
);
CREATE INDEX annotations_by_model ON annotations (name, annotation_id);
INSERT INTO counters (name, value) VALUES ('annotation', 0);
