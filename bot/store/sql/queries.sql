-- Every query of the store, by name. {visible} stands for the condition of that name: a reading
-- query holds it, and takes the scope as :here (0: the scope is another server's), :everywhere
-- (0 or 1) and :channels (a JSON list of channel ids).

-- name: visible
(:here AND (:everywhere OR article.channel_id IS NULL
            OR article.channel_id IN (SELECT value FROM json_each(:channels))));

-- name: add_article
INSERT INTO article (title, url, author, published, language, source, channel_id, submitter_id, submitter_name, added_at)
VALUES (:title, :url, :author, :published, :language, :source, :channel_id, :submitter_id, :submitter_name, :now);

-- name: add_version
INSERT INTO version (article_id, number, text, hash, characters, cleaner, splitter, notes, original, created_at)
VALUES (:article_id, :number, :text, :hash, :characters, :cleaner, :splitter, :notes, :original, :now);

-- name: set_newest
UPDATE article SET version_id = :version_id WHERE id = :article_id;

-- name: add_passage
INSERT INTO passage (article_id, version_id, position, start, end, tokens, heading, page, text)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: passage_ids
SELECT id FROM passage WHERE version_id = ? ORDER BY position;

-- name: add_sentence
INSERT INTO sentence (passage_id, position, start, end, page) VALUES (?, ?, ?, ?, ?);

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
  AND {visible}
ORDER BY article.id LIMIT 1;

-- name: articles
-- Newest first; :only is NULL or one article's id.
SELECT article.*, version.number AS version, version.characters, version.notes,
       (SELECT count(*) FROM passage WHERE passage.version_id = version.id) AS passages
FROM article JOIN version ON version.id = article.version_id
WHERE (:only IS NULL OR article.id = :only)
  AND {visible}
ORDER BY article.id DESC LIMIT :limit OFFSET :offset;

-- name: titled
-- Articles whose title holds :part, for autocomplete.
SELECT article.*, version.number AS version, version.characters, version.notes,
       (SELECT count(*) FROM passage WHERE passage.version_id = version.id) AS passages
FROM article JOIN version ON version.id = article.version_id
WHERE instr(lower(article.title), lower(:part)) > 0
  AND {visible}
ORDER BY article.id DESC LIMIT :limit;

-- name: totals
SELECT count(*) AS articles, coalesce(sum(
    (SELECT count(*) FROM passage WHERE passage.version_id = article.version_id)), 0) AS passages
FROM article
WHERE {visible};

-- name: version_text
SELECT version.number, version.text FROM version JOIN article ON article.id = version.article_id
WHERE article.id = :article_id AND version.number = :number AND {visible};

-- name: history
SELECT version.number, version.created_at, version.hash
FROM version JOIN article ON article.id = version.article_id
WHERE article.id = :article_id AND {visible} ORDER BY version.number;

-- name: match_words
-- Passages with any of the words, best BM25 first. A word of the title weighs as :title_weight.
SELECT words.rowid AS id, -bm25(words, :title_weight, 1.0) AS score
FROM words
WHERE words MATCH :match
  AND (:here AND :everywhere OR words.rowid IN (
        SELECT passage.id FROM article JOIN passage ON passage.version_id = article.version_id
        WHERE {visible}))
ORDER BY score DESC, id LIMIT :limit;

-- name: passages
SELECT passage.*, version.number AS version, article.title, article.url, article.author,
       article.published, article.channel_id, article.submitter_id, article.submitter_name,
       article.added_at
FROM passage JOIN version ON version.id = passage.version_id
             JOIN article ON article.id = passage.article_id
WHERE passage.id IN (SELECT value FROM json_each(:ids))
  AND {visible};

-- name: sentences
SELECT sentence.passage_id, sentence.start, sentence.end, sentence.page
FROM sentence JOIN passage ON passage.id = sentence.passage_id
              JOIN article ON article.id = passage.article_id
WHERE passage.id IN (SELECT value FROM json_each(:ids)) AND {visible}
ORDER BY sentence.passage_id, sentence.position;

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

-- name: passages_of
SELECT passage.id FROM article JOIN passage ON passage.version_id = article.version_id
WHERE article.id = :article_id AND {visible} ORDER BY passage.position;

-- name: remove_article
DELETE FROM article WHERE id = ?;

-- name: orphan_answers
-- Answers of which no citation is left.
DELETE FROM answer WHERE id NOT IN (SELECT answer_id FROM citation);

-- name: add_answer
INSERT INTO answer (asker_id, channel_id, given_at) VALUES (?, ?, ?);

-- name: add_citation
-- Nothing for a version that was removed while its answer was being written.
INSERT INTO citation (answer_id, n, version_id, start, end)
SELECT ?, ?, id, ?, ? FROM version WHERE id = ?;

-- name: cited_passage
-- One footnote of an answer, with the passage that holds it.
SELECT citation.n, citation.version_id, citation.start, citation.end,
       substr(version.text, citation.start + 1, citation.end - citation.start) AS quote,
       passage.text AS passage_text, passage.start AS passage_start, passage.heading,
       coalesce((SELECT page FROM sentence WHERE sentence.passage_id = passage.id
                 AND sentence.start <= citation.start ORDER BY position DESC LIMIT 1),
                passage.page) AS page,
       version.number AS version, article.id AS article_id, article.title, article.url,
       article.published, article.channel_id, article.submitter_id, article.submitter_name,
       article.added_at,
       (SELECT count(*) FROM citation AS other WHERE other.answer_id = citation.answer_id) AS footnotes
FROM citation JOIN version ON version.id = citation.version_id
              JOIN article ON article.id = version.article_id
              JOIN passage ON passage.version_id = version.id
                          AND passage.start <= citation.start AND citation.start < passage.end
WHERE citation.answer_id = :answer_id AND citation.n = :n
  AND {visible};

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

-- name: add_block
INSERT INTO block (level, terms, first, last) VALUES (?, ?, ?, ?);

-- name: add_place
INSERT INTO place (block_id, term, places) VALUES (?, ?, ?);

-- name: blocks_of_level
SELECT first, last FROM block WHERE level = ? ORDER BY first;

-- name: places_of_level
SELECT place.term, place.places FROM block CROSS JOIN place ON place.block_id = block.id
WHERE block.level = ? ORDER BY block.first;

-- name: drop_level
DELETE FROM block WHERE level = ?;

-- name: places_between
-- The places of some terms in the blocks that hold passages from :first to :last.
SELECT place.block_id, place.term, place.places
FROM block CROSS JOIN place ON place.block_id = block.id
WHERE block.first <= :last AND block.last >= :first
  AND place.term IN (SELECT value FROM json_each(:terms));

-- name: set_place
UPDATE place SET places = ? WHERE block_id = ? AND term = ?;

-- name: drop_place
DELETE FROM place WHERE block_id = ? AND term = ?;

-- name: drop_empty_blocks
DELETE FROM block WHERE NOT EXISTS (SELECT 1 FROM place WHERE place.block_id = block.id);

-- name: drop_old_blocks
DELETE FROM block WHERE terms <> ?;

-- name: article_texts
-- The sentences of an article's newest version, with where they stand in their passage.
SELECT passage.id, passage.position, passage.text, article.title,
       sentence.start - passage.start AS start, sentence.end - passage.start AS end
FROM article JOIN passage ON passage.version_id = article.version_id
             JOIN sentence ON sentence.passage_id = passage.id
WHERE article.id = :article_id ORDER BY passage.id, sentence.position;

-- name: unindexed_article
-- The first article whose words no block holds.
SELECT article.id FROM passage JOIN article ON article.version_id = passage.version_id
WHERE passage.id > (SELECT coalesce(max(last), 0) FROM block) ORDER BY passage.id LIMIT 1;

-- name: places
-- The places of some terms, older blocks first.
SELECT place.term, place.places FROM block CROSS JOIN place ON place.block_id = block.id
WHERE :here AND place.term IN (SELECT value FROM json_each(:terms)) ORDER BY block.first;

-- name: catalogue
-- The passages of the newest versions after some id, for the catalogue in memory.
SELECT passage.id, passage.article_id, passage.position, passage.tokens,
       coalesce(article.channel_id, 0) AS channel_id, length(article.title) AS title_length
FROM passage INDEXED BY passage_catalogue
     CROSS JOIN article ON article.id = passage.article_id
                       AND article.version_id = passage.version_id
WHERE passage.id > :after ORDER BY passage.id;

-- name: vectors_after
-- Vectors of one embedder after some passage's id. Those of old versions are among them.
SELECT vector.passage_id AS id, vector.data
FROM embedder CROSS JOIN vector ON vector.embedder_id = embedder.id
WHERE embedder.model = :model AND embedder.dimension = :dimension
  AND vector.passage_id > :after ORDER BY vector.passage_id LIMIT :limit;

-- name: expect_work
INSERT INTO library (server_id, used_at, waiting) VALUES (?, ?, 1)
ON CONFLICT (server_id) DO UPDATE SET waiting = 1 WHERE NOT waiting;

-- name: no_work_left
UPDATE library SET waiting = 0 WHERE server_id = ? AND waiting;

-- name: with_work
SELECT server_id FROM library WHERE waiting ORDER BY used_at DESC;

-- name: count_libraries
SELECT count(*) AS libraries FROM library;

-- name: job
-- Without what was handed in.
SELECT id, submitter_id, state, failures, interrupted, not_before, article_id, status, code, reason
FROM job WHERE id = ?;

-- name: job_of_event
SELECT id FROM job WHERE event_id = ?;

-- name: pending_jobs
SELECT count(*) AS jobs, min(not_before) FILTER (WHERE state = 'queued') AS due
FROM job WHERE ended_at IS NULL;

-- name: queue_job
INSERT INTO job (event_id, submitter_id, not_before, details, is_text, data)
VALUES (:event_id, :submitter_id, :now, :details, :is_text, :data);

-- name: claim_job
UPDATE job SET state = 'running'
WHERE id = (SELECT id FROM job WHERE ended_at IS NULL AND state = 'queued' AND not_before <= :now
            ORDER BY id LIMIT 1)
RETURNING *;

-- name: take_back_jobs
-- Jobs that nobody works on: whoever did is dead, or could not write how they ended.
UPDATE job SET state = 'queued', interrupted = interrupted + 1
WHERE ended_at IS NULL AND state = 'running' AND id NOT IN (SELECT value FROM json_each(:held));

-- name: put_back_job
UPDATE job SET state = 'queued' WHERE id = ? AND state = 'running';

-- name: postpone_job
UPDATE job SET state = 'queued', not_before = :until, failures = failures + 1,
               code = :code, reason = :reason
WHERE id = :id AND state = 'running';

-- name: end_job
-- An article that is gone by now is not named. Nothing for a job that has ended before.
UPDATE job SET state = :state, ended_at = :now, status = :status, code = :code, reason = :reason,
               article_id = (SELECT id FROM article WHERE id = :article_id),
               details = '', data = NULL
WHERE id = :id AND ended_at IS NULL;

-- name: forget_jobs
DELETE FROM job WHERE ended_at < ?;
