-- An answer can be shown again: to its asker, in its thread, shared in a channel. All it says
-- is blanked when an article that it cites is erased.
ALTER TABLE answer ADD COLUMN event_id INTEGER;                   -- one event, one answer
ALTER TABLE answer ADD COLUMN private INTEGER NOT NULL DEFAULT 0; -- 1: only its asker saw it
ALTER TABLE answer ADD COLUMN question TEXT NOT NULL DEFAULT '';  -- as it was asked
ALTER TABLE answer ADD COLUMN standalone TEXT NOT NULL DEFAULT ''; -- as it was understood
ALTER TABLE answer ADD COLUMN body TEXT NOT NULL DEFAULT '';      -- JSON of store/answers.py
-- Whoever asked is told, once, when a later article answers: 1 until then.
ALTER TABLE answer ADD COLUMN waits INTEGER NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX answer_event ON answer (event_id) WHERE event_id IS NOT NULL;
CREATE INDEX answer_asker ON answer (asker_id, id);
CREATE INDEX answer_channel ON answer (channel_id, id);
CREATE INDEX answer_waits ON answer (id) WHERE waits;

-- What readers said of an answer: one word each.
CREATE TABLE feedback (
    answer_id INTEGER NOT NULL REFERENCES answer (id) ON DELETE CASCADE,
    user_id   INTEGER NOT NULL,
    kind      TEXT NOT NULL CHECK (kind IN ('helpful', 'wrong source', 'unsupported')),
    given_at  TEXT NOT NULL,
    PRIMARY KEY (answer_id, user_id)
) WITHOUT ROWID;
