-- Sketches of what versions were asked and answered: docs/specs/drift.md. seconds is the length of the window from starts_at (Unix ms) on; process is empty where windows of several were merged; sketch is base64.
CREATE TABLE drift_windows (
  version TEXT NOT NULL,
  starts_at BIGINT NOT NULL,
  seconds BIGINT NOT NULL,
  process TEXT NOT NULL,
  requests BIGINT NOT NULL,
  sketch TEXT NOT NULL,
  last_update_time BIGINT NOT NULL,
  PRIMARY KEY (version, starts_at, seconds, process)
);
CREATE INDEX drift_windows_age ON drift_windows (seconds, starts_at);
