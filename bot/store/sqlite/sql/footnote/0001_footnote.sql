-- What is not a server's: which libraries exist, and small notes of the bot itself.
CREATE TABLE library (
    server_id TEXT PRIMARY KEY,
    used_at   TEXT NOT NULL
) WITHOUT ROWID;

-- e.g. the hash of the commands last synced with Discord
CREATE TABLE note (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
