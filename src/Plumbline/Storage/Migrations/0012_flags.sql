-- Feature flags. body is the definition as docs/specs/flags.md has it; the counter numbers the changes of all flags, removals among them.
CREATE TABLE flags (
  name TEXT PRIMARY KEY,
  revision BIGINT NOT NULL,
  body TEXT NOT NULL,
  last_update_time BIGINT NOT NULL
);
INSERT INTO counters (name, value) VALUES ('flag', 0);
