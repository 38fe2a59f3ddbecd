-- What was handed in and accepted. When its job has ended, what was handed in is blanked; how
-- it ended stays for a day, for who asks. Times are seconds since 1970.
CREATE TABLE job (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id     INTEGER UNIQUE,              -- Discord's: one event makes one job
    submitter_id INTEGER,                     -- NULL: the operator
    state        TEXT NOT NULL DEFAULT 'queued'
                 CHECK (state IN ('queued', 'running', 'done', 'refused', 'cancelled')),
    failures     INTEGER NOT NULL DEFAULT 0,  -- those that may pass
    interrupted  INTEGER NOT NULL DEFAULT 0,  -- how often the process ended while it ran
    not_before   REAL NOT NULL,
    ended_at     REAL,                        -- NULL: it is still to be done
    article_id   INTEGER REFERENCES article (id) ON DELETE CASCADE,  -- what it came to
    status       TEXT NOT NULL DEFAULT '',    -- added, duplicate
    code         TEXT NOT NULL DEFAULT '',    -- why it was refused, or has to wait
    reason       TEXT NOT NULL DEFAULT '',
    details      TEXT NOT NULL,               -- JSON of ingest: all but the data
    is_text      INTEGER NOT NULL,            -- 1: data is UTF-8 of what was pasted
    data         BLOB                         -- last: the columns before it are read without it
);
CREATE INDEX job_pending ON job (id) WHERE ended_at IS NULL;
CREATE INDEX job_ended ON job (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX job_article ON job (article_id);
