-- What those who manage the server have set: the log of their changes. The last one of a name counts.
CREATE TABLE setting_change (
    id        INTEGER PRIMARY KEY,
    at        TEXT NOT NULL,
    user_id   INTEGER,        -- NULL: erased
    user_name TEXT NOT NULL,
    name      TEXT NOT NULL,  -- a field of ServerSettings
    value     TEXT NOT NULL   -- JSON
);
CREATE INDEX setting_change_name ON setting_change (name, id);
-- How many questions a person asked on a day (UTC), where the server limits them.
CREATE TABLE question_count (
    day       TEXT NOT NULL,
    user_id   INTEGER NOT NULL,
    questions INTEGER NOT NULL,
    PRIMARY KEY (day, user_id)
) WITHOUT ROWID;
