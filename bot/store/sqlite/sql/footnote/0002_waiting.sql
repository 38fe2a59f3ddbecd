-- A hint, set before a job is queued and cleared after: which libraries to open at the start.
ALTER TABLE library ADD COLUMN waiting INTEGER NOT NULL DEFAULT 0;
