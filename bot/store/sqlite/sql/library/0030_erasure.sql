-- What was erased, by ids alone: restoring an older backup erases it there, too. In order; kept as
-- long as the oldest backup. at: seconds since 1970.
CREATE TABLE erasure (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    kind   TEXT NOT NULL,     -- removed, restored, erased (articles), message, person, channel
    id     INTEGER NOT NULL,
    at     REAL NOT NULL
);
