-- What is needed to ask an interrupted question again: its words, its options and who asked. Gone
-- with the answer. No token of an interaction. message_id 0: not known, or a private reply.
ALTER TABLE question ADD COLUMN asker_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE question ADD COLUMN private INTEGER NOT NULL DEFAULT 0;
ALTER TABLE question ADD COLUMN question TEXT NOT NULL DEFAULT '';
ALTER TABLE question ADD COLUMN article TEXT NOT NULL DEFAULT '';
ALTER TABLE question ADD COLUMN tag TEXT NOT NULL DEFAULT '';
ALTER TABLE question ADD COLUMN since TEXT NOT NULL DEFAULT '';
-- 1: its card says that it was interrupted, and it can be asked again.
ALTER TABLE question ADD COLUMN interrupted INTEGER NOT NULL DEFAULT 0;
