-- The message of Discord that an article was taken from: it goes with it, and its author may
-- remove it, too.
ALTER TABLE article ADD COLUMN message_id INTEGER;
ALTER TABLE article ADD COLUMN message_author_id INTEGER;
CREATE INDEX article_message ON article (message_id) WHERE message_id IS NOT NULL;
UPDATE article SET message_id = CAST(replace(url, rtrim(url, '0123456789'), '') AS INTEGER)
WHERE url LIKE 'https://discord.com/channels/%' AND source LIKE 'message of %';

-- Articles that were removed together because their messages were deleted, and how many seconds
-- longer than a day they can be restored.
ALTER TABLE article ADD COLUMN removal_id INTEGER;
ALTER TABLE article ADD COLUMN kept_longer_s REAL NOT NULL DEFAULT 0;
CREATE INDEX article_removal ON article (removal_id) WHERE removal_id IS NOT NULL;

-- The same message of what still waits to be read. 1: it was deleted, so nothing is kept.
ALTER TABLE job ADD COLUMN message_id INTEGER;
ALTER TABLE job ADD COLUMN withdrawn INTEGER NOT NULL DEFAULT 0;

-- The bot's own messages that show an answer (several when it is long) or name an article: they
-- are edited when an article is removed or restored.
CREATE TABLE answer_card (
    answer_id  INTEGER NOT NULL REFERENCES answer (id) ON DELETE CASCADE,
    position   INTEGER NOT NULL,
    channel_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    PRIMARY KEY (answer_id, position)
) WITHOUT ROWID;

-- Articles that an answer's messages name although it does not rest on them: what came nearest.
CREATE TABLE answer_nearest (
    answer_id  INTEGER NOT NULL REFERENCES answer (id) ON DELETE CASCADE,
    article_id INTEGER NOT NULL REFERENCES article (id) ON DELETE CASCADE,
    PRIMARY KEY (answer_id, article_id)
) WITHOUT ROWID;
CREATE INDEX answer_nearest_article ON answer_nearest (article_id);

-- A JSON list of the removed articles without which an answer's messages show it now; '?': the
-- messages of an answer of an older version are not known.
ALTER TABLE answer ADD COLUMN withheld TEXT NOT NULL DEFAULT '[]';
UPDATE answer SET withheld = '?' WHERE NOT private;
CREATE INDEX answer_withheld ON answer (id) WHERE withheld NOT IN ('[]', '?');

CREATE TABLE article_card (
    article_id INTEGER NOT NULL REFERENCES article (id) ON DELETE CASCADE,
    message_id INTEGER NOT NULL,
    channel_id INTEGER NOT NULL,
    PRIMARY KEY (article_id, message_id)
) WITHOUT ROWID;
CREATE INDEX article_card_message ON article_card (message_id);
INSERT INTO article_card (article_id, message_id, channel_id)
SELECT id, CAST(replace(card, rtrim(card, '0123456789'), '') AS INTEGER),
       CAST(replace(rtrim(rtrim(card, '0123456789'), '/'),
                    rtrim(rtrim(rtrim(card, '0123456789'), '/'), '0123456789'), '') AS INTEGER)
FROM article WHERE card LIKE 'https://discord.com/channels/%/%/%';

-- Messages that show or name what was removed, restored or erased, until they are edited: what a
-- crash, or an edit that was refused, leaves here is edited after the next start.
CREATE TABLE due_card (
    message_id INTEGER PRIMARY KEY,
    channel_id INTEGER NOT NULL,
    is_answer  INTEGER NOT NULL  -- 0: it names articles
);
