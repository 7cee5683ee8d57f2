INSERT INTO counters (name, value) VALUES ('lease', 0), ('study', 0);

-- A lease is over when its time has passed or its row is gone; its token is then never given out again.
CREATE TABLE leases (
  name TEXT PRIMARY KEY,
  token BIGINT NOT NULL UNIQUE,
  holder TEXT NOT NULL,
  ends_at BIGINT NOT NULL
);

CREATE TABLE studies (
  study_id BIGINT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  definition TEXT NOT NULL,
  creation_time BIGINT NOT NULL
);

-- body is the trial as docs/specs/tuning.md has it; lease is the token of the worker that runs it or ran it last.
CREATE TABLE trials (
  study_id BIGINT NOT NULL REFERENCES studies (study_id),
  number BIGINT NOT NULL,
  lease BIGINT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (study_id, number)
);

-- What a contest of families was asked for, so that it can be resumed by name; the names of its studies begin with its own.
CREATE TABLE contests (
  name TEXT PRIMARY KEY,
  request TEXT NOT NULL,
  creation_time BIGINT NOT NULL
);
