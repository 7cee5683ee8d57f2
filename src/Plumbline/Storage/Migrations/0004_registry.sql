-- Versions that MLflow's clients register have a source and no bundle, and a model can be renamed with all that belongs to it. Neither database
-- alters keys and constraints in a way that the other knows, so these tables are made anew.
INSERT INTO counters (name, value) SELECT 'model_version', COUNT(*) FROM model_versions;

ALTER TABLE registered_models ADD COLUMN last_update_time BIGINT NOT NULL DEFAULT 0;
UPDATE registered_models SET last_update_time = creation_time;

CREATE TABLE registered_model_tags (
  name TEXT NOT NULL REFERENCES registered_models (name) ON UPDATE CASCADE,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (name, key)
);

-- Names that models had: a number is never given out twice under a name.
CREATE TABLE retired_model_names (
  name TEXT PRIMARY KEY,
  last_version BIGINT NOT NULL,
  renamed_to TEXT
);

-- Bundles that lost their last version. One that is condemned is being removed, and gets no version meanwhile.
CREATE TABLE released_bundles (
  digest TEXT PRIMARY KEY,
  condemned BIGINT NOT NULL
);

CREATE TABLE registered_versions (
  version_id BIGINT PRIMARY KEY,
  name TEXT NOT NULL REFERENCES registered_models (name) ON UPDATE CASCADE,
  version BIGINT NOT NULL,
  bundle_digest TEXT,
  source TEXT,
  model_id TEXT,
  run_id TEXT,
  run_link TEXT NOT NULL DEFAULT '',
  snapshot_digest TEXT,
  user_id TEXT NOT NULL DEFAULT '',
  stage TEXT NOT NULL DEFAULT 'None' CHECK (stage IN ('None', 'Staging', 'Production', 'Archived')),
  description TEXT NOT NULL,
  creation_time BIGINT NOT NULL,
  last_update_time BIGINT NOT NULL,
  UNIQUE (name, version),
  UNIQUE (name, bundle_digest),
  CHECK (bundle_digest IS NOT NULL OR source IS NOT NULL)
);
INSERT INTO registered_versions (version_id, name, version, bundle_digest, run_id, snapshot_digest, description, creation_time, last_update_time)
SELECT ROW_NUMBER() OVER (ORDER BY name, version), name, version, bundle_digest, run_id, snapshot_digest, description, creation_time, creation_time FROM model_versions;

CREATE TABLE registered_version_tags (
  version_id BIGINT NOT NULL REFERENCES registered_versions (version_id),
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (version_id, key)
);
INSERT INTO registered_version_tags (version_id, key, value)
SELECT v.version_id, t.key, t.value FROM model_version_tags t JOIN registered_versions v ON v.name = t.name AND v.version = t.version;

CREATE TABLE registered_aliases (
  name TEXT NOT NULL,
  alias TEXT NOT NULL,
  version BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  PRIMARY KEY (name, alias),
  FOREIGN KEY (name, version) REFERENCES registered_versions (name, version) ON UPDATE CASCADE
);
INSERT INTO registered_aliases (name, alias, version, update_time) SELECT name, alias, version, update_time FROM model_aliases;

DROP TABLE model_aliases;
DROP TABLE model_version_tags;
DROP TABLE model_versions;
ALTER TABLE registered_versions RENAME TO model_versions;
ALTER TABLE registered_version_tags RENAME TO model_version_tags;
ALTER TABLE registered_aliases RENAME TO model_aliases;

CREATE INDEX model_versions_by_stage ON model_versions (name, stage, version);
CREATE INDEX model_versions_by_update ON model_versions (last_update_time);
CREATE INDEX model_versions_by_bundle ON model_versions (bundle_digest);
CREATE INDEX model_versions_by_run ON model_versions (run_id);
