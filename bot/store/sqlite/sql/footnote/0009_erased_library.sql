-- The libraries that were erased, and when (seconds since 1970): restoring a backup leaves them out.
CREATE TABLE erased_library (
    server_id TEXT NOT NULL,
    at        REAL NOT NULL,
    PRIMARY KEY (server_id, at)
) WITHOUT ROWID;
