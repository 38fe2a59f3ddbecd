-- The servers that the bot is in, or was, as which application; and when it was removed from one
-- (seconds since 1970): a library that it does not come back to is erased.
CREATE TABLE membership (
    server_id      TEXT PRIMARY KEY,
    application_id INTEGER NOT NULL,
    left_at        REAL
) WITHOUT ROWID;
