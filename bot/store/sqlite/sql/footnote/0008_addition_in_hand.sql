-- 1: not a question, but an addition whose items may not all be queued yet.
ALTER TABLE question ADD COLUMN adds INTEGER NOT NULL DEFAULT 0;
