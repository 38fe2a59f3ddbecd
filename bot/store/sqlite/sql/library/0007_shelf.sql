-- An article that was removed is seen by nobody, and purged after a day: seconds since 1970.
ALTER TABLE article ADD COLUMN removed_at REAL;
ALTER TABLE article ADD COLUMN removed_by INTEGER;
CREATE INDEX article_removed ON article (removed_at) WHERE removed_at IS NOT NULL;

-- The address of the bot's own card about it, in Discord.
ALTER TABLE article ADD COLUMN card TEXT;

CREATE TABLE tag (
    article_id INTEGER NOT NULL REFERENCES article (id) ON DELETE CASCADE,
    name       TEXT NOT NULL,     -- in lower case
    PRIMARY KEY (article_id, name)
) WITHOUT ROWID;
CREATE INDEX tag_name ON tag (name);
