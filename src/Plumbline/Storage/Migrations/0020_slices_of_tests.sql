-- Slices that an A/B test is looked at by, as a JSON array of column and value, in the order in which they were found; NULL: none were.
ALTER TABLE rollouts ADD COLUMN slices TEXT;
