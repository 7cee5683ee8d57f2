-- The categorical inputs that the prediction was made with, as a JSON object; NULL: none. Rollouts judge slices by them.
ALTER TABLE feedback_changes ADD COLUMN categories TEXT;
