-- Every query of the store, by name. A reading query takes the scope as two parameters:
-- :everywhere (0 or 1) and :channels (a JSON list of channel ids).

-- name: add_article
INSERT INTO article (title, url, author, published, language, source, channel_id, submitter_id, submitter_name, added_at)
VALUES (:title, :url, :author, :published, :language, :source, :channel_id, :submitter_id, :submitter_name, :now);

-- name: add_version
INSERT INTO version (article_id, number, text, hash, characters, cleaner, splitter, created_at)
VALUES (:article_id, :number, :text, :hash, :characters, :cleaner, :splitter, :now);

-- name: set_newest
UPDATE article SET version_id = :version_id WHERE id = :article_id;

-- name: add_passage
INSERT INTO passage (article_id, version_id, position, start, end, tokens, heading, page, text)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: passage_ids
SELECT id FROM passage WHERE version_id = ? ORDER BY position;

-- name: add_sentence
INSERT INTO sentence (passage_id, position, start, end) VALUES (?, ?, ?, ?);

-- name: add_words
INSERT INTO words (rowid, title, body) VALUES (?, ?, ?);

-- name: drop_words
INSERT INTO words (words, rowid, title, body) VALUES ('delete', ?, ?, ?);

-- name: optimise_words
INSERT INTO words (words) VALUES ('optimize');

-- name: add_embedder
INSERT INTO embedder (model, dimension) VALUES (?, ?) ON CONFLICT DO NOTHING;

-- name: embedder_id
SELECT id FROM embedder WHERE model = ? AND dimension = ?;

-- name: add_vector
INSERT INTO vector (passage_id, embedder_id, data) VALUES (?, ?, ?);

-- name: same_text
-- The article whose newest text has this hash.
SELECT article.id FROM version JOIN article ON article.version_id = version.id
WHERE version.hash = :hash
  AND (:everywhere OR article.channel_id IS NULL
       OR article.channel_id IN (SELECT value FROM json_each(:channels)))
ORDER BY article.id LIMIT 1;

-- name: articles
-- Newest first; :only is NULL or one article's id.
SELECT article.*, version.number AS version, version.characters,
       (SELECT count(*) FROM passage WHERE passage.version_id = version.id) AS passages
FROM article JOIN version ON version.id = article.version_id
WHERE (:only IS NULL OR article.id = :only)
  AND (:everywhere OR article.channel_id IS NULL
       OR article.channel_id IN (SELECT value FROM json_each(:channels)))
ORDER BY article.id DESC LIMIT :limit OFFSET :offset;

-- name: titled
-- Articles whose title holds :part, for autocomplete.
SELECT article.*, version.number AS version, version.characters,
       (SELECT count(*) FROM passage WHERE passage.version_id = version.id) AS passages
FROM article JOIN version ON version.id = article.version_id
WHERE instr(lower(article.title), lower(:part)) > 0
  AND (:everywhere OR article.channel_id IS NULL
       OR article.channel_id IN (SELECT value FROM json_each(:channels)))
ORDER BY article.id DESC LIMIT :limit;

-- name: totals
SELECT count(*) AS articles, coalesce(sum(
    (SELECT count(*) FROM passage WHERE passage.version_id = article.version_id)), 0) AS passages
FROM article
WHERE (:everywhere OR article.channel_id IS NULL
       OR article.channel_id IN (SELECT value FROM json_each(:channels)));

-- name: version_text
SELECT number, text FROM version WHERE article_id = :article_id AND number = :number;

-- name: history
SELECT number, created_at, hash FROM version WHERE article_id = ? ORDER BY number;

-- name: match_words
-- Passages with any of the words, best BM25 first. A word of the title weighs as :title_weight.
SELECT words.rowid AS id, -bm25(words, :title_weight, 1.0) AS score
FROM words
WHERE words MATCH :match
  AND (:everywhere OR words.rowid IN (
        SELECT passage.id FROM article JOIN passage ON passage.version_id = article.version_id
        WHERE article.channel_id IS NULL
           OR article.channel_id IN (SELECT value FROM json_each(:channels))))
ORDER BY rank LIMIT :limit;

-- name: passages
SELECT passage.*, version.number AS version, article.title, article.url, article.author,
       article.published, article.channel_id, article.submitter_id, article.submitter_name,
       article.added_at
FROM passage JOIN version ON version.id = passage.version_id
             JOIN article ON article.id = passage.article_id
WHERE passage.id IN (SELECT value FROM json_each(:ids))
  AND (:everywhere OR article.channel_id IS NULL
       OR article.channel_id IN (SELECT value FROM json_each(:channels)));

-- name: sentences
SELECT passage_id, start, end FROM sentence
WHERE passage_id IN (SELECT value FROM json_each(:ids)) ORDER BY passage_id, position;

-- name: vectors
-- The vectors of the newest versions, with each one's channel, for the table in memory.
SELECT passage.id, article.channel_id, vector.data
FROM article JOIN passage ON passage.version_id = article.version_id
             JOIN vector ON vector.passage_id = passage.id
             JOIN embedder ON embedder.id = vector.embedder_id
WHERE embedder.model = :model AND embedder.dimension = :dimension ORDER BY passage.id;

-- name: newest_passages
SELECT passage.id, passage.text FROM article JOIN passage ON passage.version_id = article.version_id
WHERE article.id = ?;

-- name: remove_article
DELETE FROM article WHERE id = ?;

-- name: orphan_answers
-- Answers of which no citation is left.
DELETE FROM answer WHERE id NOT IN (SELECT answer_id FROM citation);

-- name: add_answer
INSERT INTO answer (asker_id, channel_id, given_at) VALUES (?, ?, ?);

-- name: add_citation
INSERT INTO citation (answer_id, n, version_id, start, end) VALUES (?, ?, ?, ?, ?);

-- name: cited_passage
-- One footnote of an answer, with the passage that holds it.
SELECT citation.n, citation.version_id, citation.start, citation.end,
       substr(version.text, citation.start + 1, citation.end - citation.start) AS quote,
       passage.text AS passage_text, passage.start AS passage_start, passage.heading, passage.page,
       version.number AS version, article.id AS article_id, article.title, article.url,
       article.published, article.channel_id, article.submitter_id, article.submitter_name,
       article.added_at,
       (SELECT count(*) FROM citation AS other WHERE other.answer_id = citation.answer_id) AS footnotes
FROM citation JOIN version ON version.id = citation.version_id
              JOIN article ON article.id = version.article_id
              JOIN passage ON passage.version_id = version.id
                          AND passage.start <= citation.start AND citation.start < passage.end
WHERE citation.answer_id = :answer_id AND citation.n = :n
  AND (:everywhere OR article.channel_id IS NULL
       OR article.channel_id IN (SELECT value FROM json_each(:channels)));

-- name: use_library
INSERT INTO library (server_id, used_at) VALUES (?, ?)
ON CONFLICT (server_id) DO UPDATE SET used_at = excluded.used_at;

-- name: libraries
SELECT server_id FROM library ORDER BY used_at DESC;

-- name: forget_library
DELETE FROM library WHERE server_id = ?;

-- name: note
SELECT value FROM note WHERE key = ?;

-- name: set_note
INSERT INTO note (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value;
