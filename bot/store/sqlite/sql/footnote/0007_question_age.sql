-- A question that nobody asked again is forgotten as late as an answer.
ALTER TABLE question ADD COLUMN asked_at TEXT NOT NULL DEFAULT '';
UPDATE question SET asked_at = strftime('%Y-%m-%dT%H:%M:%S+00:00', 'now');
