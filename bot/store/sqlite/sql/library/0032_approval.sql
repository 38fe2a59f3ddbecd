-- Articles that wait until a moderator approves them. Until then they are in the trash, without a
-- time (removed_at is infinite), so that nothing searches, shows or purges them.
CREATE TABLE approval (
    article_id INTEGER PRIMARY KEY REFERENCES article (id) ON DELETE CASCADE,
    asked_at   TEXT NOT NULL,
    channel_id INTEGER,  -- of the moderators' card, once it is posted
    message_id INTEGER
);
-- Addresses that a moderator blocked: a host, or a host with the beginning of a path.
CREATE TABLE blocked_address (
    address    TEXT PRIMARY KEY,
    blocked_at TEXT NOT NULL
) WITHOUT ROWID;
