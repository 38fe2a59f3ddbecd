-- Every article that an answer's text, note or rows rest on, not only those that it cites. An
-- article that is not there (erased while the answer was written) is not visible to anybody.
CREATE TABLE answer_article (
    answer_id  INTEGER NOT NULL REFERENCES answer (id) ON DELETE CASCADE,
    article_id INTEGER NOT NULL,  -- no reference: an id that is gone must stay known
    PRIMARY KEY (answer_id, article_id)
) WITHOUT ROWID;
CREATE INDEX answer_article_article ON answer_article (article_id);

-- The channels whose articles, all of them, an answer counted, listed or chose from.
CREATE TABLE answer_scope (
    answer_id  INTEGER NOT NULL REFERENCES answer (id) ON DELETE CASCADE,
    channel_id INTEGER NOT NULL,
    PRIMARY KEY (answer_id, channel_id)
) WITHOUT ROWID;

INSERT INTO answer_article
SELECT DISTINCT citation.answer_id, version.article_id
FROM citation JOIN version ON version.id = citation.version_id;

-- What private answers kept before this step counted, or told in a note, is not known: they are
-- nobody's in Discord any more (0 is no channel).
INSERT INTO answer_scope
SELECT id, 0 FROM answer
WHERE private AND CASE WHEN json_valid(body) THEN
    json_extract(body, '$.mode') = 'library' OR json_extract(body, '$.note') <> '' END;
