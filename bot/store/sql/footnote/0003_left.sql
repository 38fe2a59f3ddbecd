-- As which application the bot was last seen in a server, and when it was removed from there
-- (seconds since 1970). NULL: not known; not removed.
ALTER TABLE library ADD COLUMN application_id INTEGER;
ALTER TABLE library ADD COLUMN left_at REAL;
