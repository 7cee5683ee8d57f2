-- Events are chained by their hashes; docs/specs/audit.md. Those from before have none: the first one after them vouches for them.
ALTER TABLE events ADD COLUMN origin TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN hash TEXT NOT NULL DEFAULT '';
INSERT INTO counters (name, value) SELECT 'event before chain', value FROM counters WHERE name = 'event';
