-- Which version of the code read a version's text (READER_VERSION in bot/ingest), and which made
-- its tokens (TOKENS_VERSION in bot/text). 0: an older one. No tokens: a newer version is searched.
ALTER TABLE version ADD COLUMN reader INTEGER NOT NULL DEFAULT 0;
ALTER TABLE version ADD COLUMN tokens INTEGER;
ALTER TABLE segment RENAME COLUMN terms_version TO tokens_version;

-- What the stored index does not cover has none of its tokens.
UPDATE version SET tokens = CASE
    WHEN (SELECT max(id) FROM passage WHERE passage.version_id = version.id)
         <= (SELECT max(last) FROM segment) THEN (SELECT min(tokens_version) FROM segment)
    ELSE 0 END
WHERE id IN (SELECT version_id FROM article);
CREATE INDEX version_tokens ON version (tokens) WHERE tokens IS NOT NULL;
