-- Batch jobs: docs/specs/batch-inference.md. model is the registered name, empty for a bundle that is served by its digest; request is the SHA-256 of what was asked for; definition the job as JSON. Times are Unix ms.
CREATE TABLE batch_jobs (
  job_id TEXT PRIMARY KEY,
  model TEXT NOT NULL,
  idempotency_key TEXT,
  request TEXT NOT NULL,
  definition TEXT NOT NULL,
  state TEXT NOT NULL,
  fault TEXT,
  input_rows BIGINT,
  next_chunk BIGINT NOT NULL,
  creation_time BIGINT NOT NULL,
  start_time BIGINT,
  end_time BIGINT,
  UNIQUE (model, idempotency_key)
);
CREATE INDEX batch_jobs_model ON batch_jobs (model, state, creation_time);
CREATE INDEX batch_jobs_created ON batch_jobs (creation_time);

-- A chunk that somebody took; lease is the token of who answers it or answered it, row_count and error_count are known once it is done.
CREATE TABLE batch_chunks (
  job_id TEXT NOT NULL REFERENCES batch_jobs (job_id) ON DELETE CASCADE,
  chunk BIGINT NOT NULL,
  lease BIGINT NOT NULL,
  row_count BIGINT,
  error_count BIGINT,
  PRIMARY KEY (job_id, chunk)
);
