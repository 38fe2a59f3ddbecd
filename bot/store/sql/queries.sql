-- Every query of the store, by name. {visible} stands for the condition of that name (other parts
-- likewise): a reading query holds it, and takes the scope as :here (0: the scope is another
-- server's), :everywhere (0 or 1) and :channels (a JSON list of channel ids).

-- name: visible
(:here AND article.removed_at IS NULL
       AND (:everywhere OR article.channel_id IS NULL
            OR article.channel_id IN (SELECT value FROM json_each(:channels))));

-- name: removed
-- As "visible", of what was removed and can still be restored.
(:here AND article.removed_at IS NOT NULL
       AND (:everywhere OR article.channel_id IS NULL
            OR article.channel_id IN (SELECT value FROM json_each(:channels))));

-- name: matches
-- What a filter lets through: :only (NULL, or a JSON list of ids), :part of the title, :tag,
-- :submitter_id, :since and :until (days).
((:part = '' OR instr(lower(article.title), lower(:part)) > 0)
 AND (:tag = '' OR EXISTS (SELECT 1 FROM tag WHERE tag.article_id = article.id AND tag.name = :tag))
 AND (:only IS NULL OR article.id IN (SELECT value FROM json_each(:only)))
 AND (:submitter_id IS NULL OR article.submitter_id = :submitter_id)
 AND (:since = '' OR coalesce(article.published, article.added_at) >= :since)
 AND (:until = '' OR substr(coalesce(article.published, article.added_at), 1, length(:until)) <= :until));

-- name: card_columns
-- Of an article, as lists show it.
article.*, version.number AS version, version.characters, version.notes, version.hash,
(SELECT count(*) FROM passage WHERE passage.version_id = version.id) AS passages,
(SELECT json_group_array(tag.name) FROM tag WHERE tag.article_id = article.id) AS tags;

-- name: add_article
INSERT INTO article (title, url, author, published, language, source, channel_id, submitter_id,
                     submitter_name, added_at, address, etag, last_modified, message_id,
                     message_author_id)
VALUES (:title, :url, :author, :published, :language, :source, :channel_id, :submitter_id,
        :submitter_name, :now, :address, :etag, :last_modified, :message_id,
        :message_author_id);

-- name: renew_article
-- What a new version changes: its own date, author and language, where it names them.
UPDATE article SET author = coalesce(:author, author), published = coalesce(:published, published),
                   language = coalesce(:language, language), url = coalesce(:url, url),
                   title = coalesce(:title, title)
WHERE id = :article_id;

-- name: checked_address
-- What the site said of the page when it was last looked at.
UPDATE article SET address = :address, etag = :etag, last_modified = :last_modified
WHERE id = :article_id;

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
-- Newest first, unless :sort says another of its words.
SELECT {card_columns}
FROM article JOIN version ON version.id = article.version_id
WHERE {visible} AND {matches}
ORDER BY CASE :sort WHEN 'published' THEN coalesce(article.published, '')
                    WHEN 'longest' THEN printf('%012d', version.characters) ELSE '' END DESC,
         CASE :sort WHEN 'title' THEN article.title ELSE '' END COLLATE NOCASE,
         CASE :sort WHEN 'oldest' THEN article.id ELSE 0 END,
         article.id DESC LIMIT :limit OFFSET :offset;

-- name: one_article
SELECT {card_columns}
FROM article JOIN version ON version.id = article.version_id
WHERE article.id = :article_id AND {visible};

-- name: articles_any
-- Also one that can still be restored.
SELECT article.id FROM article
WHERE article.id = :article_id AND ({visible} OR {removed});

-- name: removed_article
SELECT {card_columns}
FROM article JOIN version ON version.id = article.version_id
WHERE article.id = :article_id AND {removed};

-- name: at_address
-- The article that was fetched from one of some addresses.
SELECT {card_columns}
FROM article JOIN version ON version.id = article.version_id
WHERE article.address IN (SELECT value FROM json_each(:addresses)) AND {visible}
ORDER BY article.id LIMIT 1;

-- name: fetched
-- Every article that came from an address.
SELECT article.id FROM article WHERE article.address IS NOT NULL AND {visible} ORDER BY article.id;

-- name: matching
-- The ids of the articles that a filter lets through.
SELECT article.id FROM article WHERE {visible} AND {matches};

-- name: titled
-- Articles whose title holds :part, for autocomplete.
SELECT {card_columns}
FROM article JOIN version ON version.id = article.version_id
WHERE instr(lower(article.title), lower(:part)) > 0
  AND {visible}
ORDER BY article.id DESC LIMIT :limit;

-- name: channels
-- Where the articles that a scope shows were handed in.
SELECT DISTINCT article.channel_id FROM article WHERE article.channel_id IS NOT NULL AND {visible};

-- name: totals
SELECT count(*) AS articles, coalesce(sum(
    (SELECT count(*) FROM passage WHERE passage.version_id = article.version_id)), 0) AS passages
FROM article
WHERE {visible} AND {matches};

-- name: stored_articles
-- How many there are, those that can still be restored among them.
SELECT count(*) AS articles FROM article;

-- name: version_text
SELECT version.number, version.text FROM version JOIN article ON article.id = version.article_id
WHERE article.id = :article_id AND version.number = :number AND {visible};

-- name: history
SELECT version.number, version.created_at, version.hash
FROM version JOIN article ON article.id = version.article_id
WHERE article.id = :article_id AND {visible} ORDER BY version.number;

-- name: passages
-- In the order of a StoredPassage's fields. With their sentences, as JSON: one statement, so that
-- none is read without them.
SELECT passage.id, passage.article_id, passage.version_id, version.number AS version,
       article.title, article.url, article.author, article.published, article.submitter_id,
       article.submitter_name, article.channel_id, article.added_at, passage.position,
       passage.start, passage.end, passage.page, passage.heading, passage.text,
       (SELECT json_group_array(json_array(start, end, page))
        FROM (SELECT start, end, page FROM sentence
              WHERE sentence.passage_id = passage.id ORDER BY position)) AS sentences,
       piece.data AS pieces
FROM passage JOIN version ON version.id = passage.version_id
             JOIN article ON article.id = passage.article_id
             LEFT JOIN piece ON piece.passage_id = passage.id
WHERE passage.id IN (SELECT value FROM json_each(:ids))
  AND {visible};

-- name: passages_of
SELECT passage.id FROM article JOIN passage ON passage.version_id = article.version_id
WHERE article.id = :article_id AND {visible} ORDER BY passage.position;

-- name: remove_article
DELETE FROM article WHERE id = ?;

-- name: drop_vectors
-- Those of an article's newest version: it is about to be an old one, which is not searched.
DELETE FROM vector WHERE passage_id IN (
    SELECT passage.id FROM article JOIN passage ON passage.version_id = article.version_id
    WHERE article.id = ?);

-- name: add_pieces
INSERT INTO piece (passage_id, data) VALUES (?, ?);

-- name: drop_pieces
-- Those of an article's newest version: as drop_vectors.
DELETE FROM piece WHERE passage_id IN (
    SELECT passage.id FROM article JOIN passage ON passage.version_id = article.version_id
    WHERE article.id = ?);

-- name: shelve
UPDATE article SET removed_at = :removed_at, removed_by = :removed_by, removal_id = :removal_id,
                   kept_longer_s = 0
WHERE id = :article_id;

-- name: removed_before
SELECT id FROM article WHERE removed_at < :before AND removed_at + kept_longer_s < :before;

-- name: count_removed
SELECT count(*) AS articles FROM article WHERE removed_at IS NOT NULL;

-- name: rename
UPDATE article SET title = :title WHERE id = :article_id;

-- name: set_card
UPDATE article SET card = ? WHERE id = ?;

-- name: drop_tags
DELETE FROM tag WHERE article_id = ?;

-- name: add_tag
INSERT INTO tag (article_id, name) VALUES (?, ?) ON CONFLICT DO NOTHING;

-- name: tags
-- The tags of what a scope shows, with how many articles have each, the commonest first.
SELECT tag.name, count(*) AS articles FROM tag JOIN article ON article.id = tag.article_id
WHERE {visible} GROUP BY tag.name ORDER BY articles DESC, tag.name;

-- name: submitters
-- Who handed in how much of what a scope shows.
SELECT max(article.submitter_name) AS name, count(*) AS articles
FROM article WHERE {visible} GROUP BY article.submitter_id ORDER BY articles DESC, name;

-- name: add_sketch
INSERT INTO sketch (version_id, scheme, data) VALUES (?, ?, ?);

-- name: sketches
-- Those of the newest versions that a scope shows.
SELECT article.id, sketch.data
FROM sketch JOIN article ON article.version_id = sketch.version_id
WHERE sketch.scheme = :scheme AND {visible};

-- name: blank_answers
-- What is said on the grounds of an article is erased with it; other footnotes still open.
UPDATE answer SET question = '', standalone = '', body = '', waits = 0
WHERE id IN (SELECT answer_id FROM answer_article WHERE article_id = ?);

-- name: drop_rests
-- Of an article that is erased, after its answers were blanked: what is left of them says nothing.
DELETE FROM answer_article WHERE article_id = ?;

-- name: orphan_answers
-- Answers of which no citation is left.
DELETE FROM answer WHERE body = '' AND id NOT IN (SELECT answer_id FROM citation);

-- name: add_answer
INSERT INTO answer (asker_id, channel_id, given_at, event_id, private, question, standalone, body,
                    waits)
VALUES (:asker_id, :channel_id, :now, :event_id, :private, :question, :standalone, :body, :waits);

-- name: answer_of_event
SELECT id FROM answer WHERE event_id = :event_id;

-- name: add_rest
INSERT INTO answer_article (answer_id, article_id) VALUES (?, ?);

-- name: add_rest_channels
-- The channels whose articles a scope shows: an answer rests on all that they hold.
INSERT INTO answer_scope (answer_id, channel_id)
SELECT DISTINCT :answer_id, article.channel_id FROM article
WHERE article.channel_id IS NOT NULL AND {visible};

-- name: repeat_rests
INSERT OR IGNORE INTO answer_article (answer_id, article_id)
SELECT :answer_id, article_id FROM answer_article WHERE answer_id = :repeats;

-- name: repeat_rest_channels
INSERT OR IGNORE INTO answer_scope (answer_id, channel_id)
SELECT :answer_id, channel_id FROM answer_scope WHERE answer_id = :repeats;

-- name: rests_gone
-- The articles that an answer rests on and that are not there.
SELECT article_id FROM answer_article
WHERE answer_id = ? AND article_id NOT IN (SELECT id FROM article);

-- name: blank_late_answer
-- One that was written while an article under it was erased says nothing any more.
UPDATE answer SET question = '', standalone = '', body = '', waits = 0 WHERE id = ?;

-- name: drop_citations
DELETE FROM citation WHERE answer_id = ?;

-- name: allowed
-- Whether a scope shows every article that an answer rests on. One that is not there is not shown.
(:here AND NOT EXISTS (
    SELECT 1 FROM answer_article LEFT JOIN article ON article.id = answer_article.article_id
    WHERE answer_article.answer_id = answer.id AND (article.id IS NULL OR NOT {visible}))
 AND (:everywhere OR NOT EXISTS (
    SELECT 1 FROM answer_scope
    WHERE answer_scope.answer_id = answer.id
      AND answer_scope.channel_id NOT IN (SELECT value FROM json_each(:channels)))));

-- name: given_answer
SELECT * FROM answer WHERE id = :answer_id AND {allowed};

-- name: last_answer
SELECT * FROM answer WHERE asker_id = :asker_id AND body <> '' AND {allowed}
ORDER BY id DESC LIMIT 1;

-- name: answers_in
-- The last answers in a channel or thread that everyone there saw, the newest first.
SELECT * FROM answer WHERE channel_id = :channel_id AND NOT private AND question <> '' AND {allowed}
ORDER BY id DESC LIMIT :limit;

-- name: waiting_answers
-- The newest questions that the library did not answer, whose askers are told when it does.
SELECT * FROM answer WHERE waits AND {allowed} ORDER BY id DESC LIMIT :limit;

-- name: told
UPDATE answer SET waits = 0 WHERE id = ? AND waits;

-- name: rate_answer
-- Nothing for an answer that is gone.
INSERT INTO feedback (answer_id, user_id, kind, given_at)
SELECT id, ?2, ?3, ?4 FROM answer WHERE id = ?1
ON CONFLICT (answer_id, user_id) DO UPDATE SET kind = excluded.kind, given_at = excluded.given_at;

-- name: ratings
SELECT kind, count(*) AS ratings FROM feedback GROUP BY kind ORDER BY kind;

-- name: forget_answers
-- What answers before a time said; their footnotes still open.
UPDATE answer SET question = '', standalone = '', body = '', waits = 0
WHERE given_at < ? AND (question <> '' OR body <> '' OR standalone <> '');

-- name: forget_channel
UPDATE answer SET question = '', standalone = '', body = '', waits = 0 WHERE channel_id = ?;

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

-- name: model_profiles
SELECT model, window, reading_tokens_per_s, writing_tokens_per_s, cites, examined, reasons_first
FROM model_profile WHERE address = :address;

-- name: keep_model_profile
INSERT INTO model_profile (address, model, window, reading_tokens_per_s, writing_tokens_per_s,
                           cites, examined, reasons_first)
VALUES (:address, :model, :window, :reading_tokens_per_s, :writing_tokens_per_s, :cites, :examined,
        :reasons_first)
ON CONFLICT (address, model) DO UPDATE SET
    window = excluded.window, reading_tokens_per_s = excluded.reading_tokens_per_s,
    writing_tokens_per_s = excluded.writing_tokens_per_s, cites = excluded.cites,
    examined = excluded.examined, reasons_first = excluded.reasons_first;

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

-- name: title_block
-- The first passage of an article's newest version, which holds its title, and its block.
SELECT passage.id, block.id FROM article JOIN passage ON passage.version_id = article.version_id
JOIN block ON block.first <= passage.id AND passage.id <= block.last
WHERE article.id = ? ORDER BY passage.position LIMIT 1;

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
-- The places of some terms, in any order: SQLite would copy them all to put them into one.
SELECT block.first, place.term, place.places
FROM block CROSS JOIN place ON place.block_id = block.id
WHERE :here AND place.term IN (SELECT value FROM json_each(:terms));

-- name: catalogue
-- The passages of the newest versions after some id, for the catalogue in memory.
SELECT passage.id, passage.article_id, passage.position, passage.tokens,
       coalesce(article.channel_id, 0) AS channel_id, length(article.title) AS title_length
FROM passage INDEXED BY passage_catalogue
     CROSS JOIN article ON article.id = passage.article_id
                       AND article.version_id = passage.version_id
                       AND article.removed_at IS NULL
WHERE passage.id > :after ORDER BY passage.id;

-- name: vectors_after
-- Vectors of one embedder after some passage's id. Those of old versions are among them.
SELECT vector.passage_id AS id, vector.data
FROM embedder CROSS JOIN vector ON vector.embedder_id = embedder.id
WHERE embedder.model = :model AND embedder.dimension = :dimension
  AND vector.passage_id > :after ORDER BY vector.passage_id LIMIT :limit;

-- name: most_vectors_after
-- The same where most vectors are this embedder's: in the table's order (the plus keeps the index
-- out), 100,000 in .12 s instead of .16. Reads past all others, so not for a few new ones.
SELECT vector.passage_id AS id, vector.data
FROM embedder CROSS JOIN vector ON +vector.embedder_id = embedder.id
WHERE embedder.model = :model AND embedder.dimension = :dimension
  AND vector.passage_id > :after ORDER BY vector.passage_id LIMIT :limit;

-- name: expect_work
INSERT INTO library (server_id, used_at, waiting) VALUES (?, ?, 1)
ON CONFLICT (server_id) DO UPDATE SET waiting = 1 WHERE NOT waiting;

-- name: no_work_left
UPDATE library SET waiting = 0 WHERE server_id = ? AND waiting;

-- name: with_work
SELECT server_id FROM library WHERE waiting ORDER BY used_at DESC;

-- name: put_question
INSERT INTO question (event_id, server_id, channel_id, message_id)
VALUES (:event_id, :server_id, :channel_id, :message_id)
ON CONFLICT (event_id) DO UPDATE SET message_id = excluded.message_id;

-- name: drop_question
DELETE FROM question WHERE event_id = :event_id;

-- name: drop_questions
DELETE FROM question WHERE server_id = ?;

-- name: questions
SELECT event_id, server_id, channel_id, message_id FROM question ORDER BY event_id;

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
INSERT INTO job (event_id, submitter_id, not_before, details, is_text, data, message_id)
VALUES (:event_id, :submitter_id, :now, :details, :is_text, :data, :message_id);

-- name: show_job
INSERT INTO job_card (job_id, channel_id, message_id, name) VALUES (?, ?, ?, ?);

-- name: shown_jobs
SELECT job_id, channel_id, message_id, name FROM job_card ORDER BY job_id;

-- name: jobs_concluded
DELETE FROM job_card WHERE job_id IN (SELECT value FROM json_each(?));

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
-- An article that is gone by now is not named. Nothing for a job that has ended before. What is
-- similar to an article stays for a day: its submitter may want it kept.
UPDATE job SET state = :state, ended_at = :now, status = :status, code = :code, reason = :reason,
               article_id = (SELECT id FROM article WHERE id = :article_id),
               details = iif(:status = 'similar', details, ''),
               data = iif(:status = 'similar', data, NULL)
WHERE id = :id AND ended_at IS NULL;

-- name: keep_similar
-- What was not kept because it is almost another article's text is kept all the same.
UPDATE job SET state = 'queued', ended_at = NULL, status = '', reason = '', article_id = NULL,
               not_before = :now, details = json_set(details, '$.submission.keep_similar', json('true'))
WHERE id = :id AND state = 'done' AND status = 'similar' AND details <> '';

-- name: drop_similar
UPDATE job SET details = '', data = NULL WHERE id = :id AND status = 'similar';

-- name: forget_jobs
DELETE FROM job WHERE ended_at < ?;

-- name: spent
-- What a day's questions cost so far: all of them, and one person's.
SELECT coalesce(sum(prompt_tokens + completion_tokens), 0) AS tokens,
       coalesce(sum(cost), 0) AS cost,
       coalesce(sum(prompt_tokens + completion_tokens) FILTER (WHERE user_id = :user_id), 0)
           AS user_tokens
FROM charge WHERE day = :day;

-- name: charge_of_event
SELECT id FROM charge WHERE event_id = :event_id;

-- name: add_charge
INSERT INTO charge (day, event_id, user_id, prompt_tokens, completion_tokens, cost, kind)
VALUES (:day, :event_id, :user_id, :prompt_tokens, :completion_tokens, :cost, :kind);

-- name: raise_charge
UPDATE charge SET prompt_tokens = prompt_tokens + :prompt_tokens,
                  completion_tokens = completion_tokens + :completion_tokens,
                  cost = cost + :cost
WHERE id = :id;

-- name: settle_charge
UPDATE charge SET prompt_tokens = :prompt_tokens, completion_tokens = :completion_tokens,
                  cost = :cost
WHERE id = :id;

-- name: conclude_charge
UPDATE charge SET outcome = :outcome, seconds = :seconds WHERE id = :id;

-- name: outcomes_by_day
-- The median is of those that were timed: the middle one, or the mean of the two in the middle.
WITH placed AS (
    SELECT day, outcome, seconds,
           row_number() OVER (PARTITION BY day ORDER BY seconds IS NULL, seconds) AS place,
           count(seconds) OVER (PARTITION BY day) AS timed
    FROM charge WHERE kind = 'question' AND day >= :since)
SELECT day, count(*) FILTER (WHERE outcome = 'written') AS by_model,
       count(*) FILTER (WHERE outcome = 'fell back') AS fell_back,
       count(*) FILTER (WHERE outcome = 'refused') AS refused,
       avg(seconds) FILTER (WHERE place IN ((timed + 1) / 2, (timed + 2) / 2)) AS median_seconds
FROM placed GROUP BY day;

-- name: spent_by_day
-- The cost of a day is known when that of all its questions is.
SELECT day, count(*) FILTER (WHERE kind = 'question') AS questions,
       sum(prompt_tokens) AS prompt_tokens, sum(completion_tokens) AS completion_tokens,
       CASE WHEN count(cost) = count(*) THEN sum(cost) END AS cost
FROM charge WHERE day >= :since GROUP BY day ORDER BY day DESC;

-- name: spent_by_user
SELECT user_id, count(*) FILTER (WHERE kind = 'question') AS questions,
       sum(prompt_tokens) AS prompt_tokens,
       sum(completion_tokens) AS completion_tokens,
       CASE WHEN count(cost) = count(*) THEN sum(cost) END AS cost
FROM charge WHERE day >= :since
GROUP BY user_id ORDER BY sum(prompt_tokens + completion_tokens) DESC, questions DESC, user_id;

-- name: forget_charges
DELETE FROM charge WHERE day < :before;

-- name: disown_charges
UPDATE charge SET user_id = NULL, event_id = NULL WHERE user_id = :user_id;

-- name: unembedded
-- The newest versions' passages after some id that a scope shows and that have no vector of an
-- embedder.
FROM passage INDEXED BY passage_catalogue
     CROSS JOIN article ON article.id = passage.article_id
                       AND article.version_id = passage.version_id
WHERE passage.id > :after AND {visible}
  AND NOT EXISTS (SELECT 1 FROM vector INDEXED BY vector_embedder
                  WHERE vector.embedder_id = :embedder_id AND vector.passage_id = passage.id);

-- name: count_unembedded
SELECT count(*) AS passages {unembedded};

-- name: unembedded_texts
SELECT passage.id, passage.text {unembedded} ORDER BY passage.id LIMIT :limit;

-- name: fill_vector
-- Nothing for a passage that is gone, or not searched any more.
INSERT INTO vector (passage_id, embedder_id, data)
SELECT passage.id, ?2, ?3
FROM passage JOIN article ON article.version_id = passage.version_id
                         AND article.removed_at IS NULL
WHERE passage.id = ?1
ON CONFLICT DO NOTHING;

-- name: vectors_of
-- Some passages' vectors of one embedder, by rising id.
SELECT vector.passage_id AS id, vector.data
FROM embedder CROSS JOIN vector ON vector.embedder_id = embedder.id
WHERE embedder.model = :model AND embedder.dimension = :dimension
  AND vector.passage_id IN (SELECT value FROM json_each(:ids))
ORDER BY vector.passage_id;

-- name: other_embedders
SELECT id FROM embedder WHERE NOT (model = ? AND dimension = ?);

-- name: drop_some_vectors
DELETE FROM vector WHERE embedder_id = :embedder_id AND passage_id IN (
    SELECT passage_id FROM vector INDEXED BY vector_embedder
    WHERE embedder_id = :embedder_id LIMIT :limit);

-- name: drop_embedder
DELETE FROM embedder WHERE id = ?;

-- name: names_of
-- What somebody is called in what a library keeps.
SELECT DISTINCT submitter_name AS name FROM article
WHERE submitter_id = :user_id AND submitter_name <> ''
UNION SELECT author FROM article WHERE message_author_id = :user_id AND author <> ''
UNION SELECT json_extract(details, '$.submission.submitter.name') FROM job
WHERE submitter_id = :user_id AND details <> '';

-- name: count_asked
SELECT count(*) AS answers FROM answer WHERE asker_id = :user_id;

-- name: forget_private_answers
DELETE FROM answer WHERE asker_id = :user_id AND private;

-- name: forget_public_answers
-- Their footnotes still open, and their cards can still be edited: for all who read the channel.
UPDATE answer SET question = '', standalone = '', body = '', waits = 0, asker_id = NULL,
                  event_id = NULL
WHERE asker_id = :user_id;

-- name: unname_citations
-- Takes :named out of the answers of others, by :unnamed.
UPDATE answer SET body = replace(body, :named, :unnamed) WHERE instr(body, :named);

-- name: blank_naming
-- What else of the answers of others names them.
UPDATE answer SET question = '', standalone = '', body = '', waits = 0
WHERE EXISTS (SELECT 1 FROM json_each(:names)
              WHERE instr(answer.body || answer.question || answer.standalone, value));

-- name: count_named
SELECT count(*) AS articles FROM article
WHERE submitter_id = :user_id OR message_author_id = :user_id;

-- name: unname_authors
-- Who wrote a message that became an article is its author.
UPDATE article SET author = NULL, source = 'message', message_author_id = NULL
WHERE message_author_id = :user_id AND source LIKE 'message of %'
   OR source = 'message of ' || author
      AND author IN (SELECT value FROM json_each(:names));

-- name: unname_messages
UPDATE article SET message_author_id = NULL WHERE message_author_id = :user_id;

-- name: unname_submitter
UPDATE article SET submitter_id = NULL, submitter_name = '' WHERE submitter_id = :user_id;

-- name: unname_remover
UPDATE article SET removed_by = NULL WHERE removed_by = :user_id;

-- name: unname_jobs
UPDATE job SET submitter_id = NULL, event_id = NULL,
               details = iif(details = '', '', json_set(details,
                   '$.submission.submitter.user_id', NULL, '$.submission.submitter.name', ''))
WHERE submitter_id = :user_id;

-- name: unname_waiting_messages
UPDATE job SET details = json_set(details, '$.submission.author', NULL, '$.submission.source',
                                  'message', '$.submission.message.author_id', NULL)
WHERE details <> '' AND json_extract(details, '$.submission.message.author_id') = :user_id
  AND json_extract(details, '$.submission.source') LIKE 'message of %';

-- name: forget_ratings
DELETE FROM feedback WHERE user_id = :user_id;

-- name: joined
INSERT INTO membership (server_id, application_id) VALUES (?, ?)
ON CONFLICT (server_id) DO UPDATE SET application_id = excluded.application_id, left_at = NULL;

-- name: left
-- Nothing when it is known already, or when another application is in that server.
INSERT INTO membership (server_id, application_id, left_at)
VALUES (:server_id, :application_id, :left_at)
ON CONFLICT (server_id) DO UPDATE SET left_at = excluded.left_at
WHERE left_at IS NULL AND application_id = excluded.application_id;

-- name: memberships
SELECT server_id, application_id, left_at FROM membership ORDER BY server_id;

-- name: forget_membership
DELETE FROM membership WHERE server_id = ?;

-- name: drop_answer_cards
DELETE FROM answer_card WHERE answer_id = ?;

-- name: add_answer_card
INSERT INTO answer_card (answer_id, position, channel_id, message_id)
SELECT id, ?2, ?3, ?4 FROM answer WHERE id = ?1;

-- name: add_answer_nearest
INSERT INTO answer_nearest (answer_id, article_id)
SELECT answer.id, article.id FROM answer, article WHERE answer.id = ? AND article.id = ?
ON CONFLICT DO NOTHING;

-- name: add_article_card
INSERT INTO article_card (article_id, channel_id, message_id)
SELECT id, ?2, ?3 FROM article WHERE id = ?1 ON CONFLICT DO NOTHING;

-- name: answer_cards
SELECT channel_id, message_id FROM answer_card WHERE answer_id = ? ORDER BY position;

-- name: answers_on
-- The answers that have messages and rest on some articles, or name them.
SELECT DISTINCT answer_id FROM answer_card WHERE answer_id IN (
    SELECT answer_id FROM answer_article WHERE article_id IN (SELECT value FROM json_each(:ids))
    UNION SELECT answer_id FROM answer_nearest
          WHERE article_id IN (SELECT value FROM json_each(:ids)))
ORDER BY answer_id;

-- name: answers_unknown
-- Public answers of older versions that cite some articles: their messages are not known.
SELECT count(DISTINCT answer.id) AS answers
FROM citation JOIN version ON version.id = citation.version_id
              JOIN answer ON answer.id = citation.answer_id
WHERE version.article_id IN (SELECT value FROM json_each(:ids)) AND answer.withheld = '?';

-- name: gone_from
-- What an answer rests on, or its messages name, and a scope does not show.
SELECT stands.article_id
FROM (SELECT article_id FROM answer_article WHERE answer_id = :answer_id
      UNION SELECT article_id FROM answer_nearest WHERE answer_id = :answer_id) AS stands
     LEFT JOIN article ON article.id = stands.article_id
WHERE article.id IS NULL OR NOT {visible}
ORDER BY stands.article_id;

-- name: cited_articles
SELECT DISTINCT version.article_id
FROM citation JOIN version ON version.id = citation.version_id WHERE citation.answer_id = ?;

-- name: nearest_articles
SELECT article_id FROM answer_nearest WHERE answer_id = ?;

-- name: any_answer
SELECT * FROM answer WHERE id = ?;

-- name: set_withheld
UPDATE answer SET withheld = :withheld WHERE id = :answer_id;

-- name: maybe_stale_answers
-- Those whose messages show, or have to show, less than they once did.
SELECT id, withheld FROM answer
WHERE id IN (SELECT answer_id FROM answer_card)
  AND (withheld NOT IN ('[]', '?')
       OR id IN (SELECT answer_id FROM answer_article JOIN article ON article.id = article_id
                 WHERE article.removed_at IS NOT NULL
                 UNION SELECT answer_id FROM answer_nearest JOIN article ON article.id = article_id
                 WHERE article.removed_at IS NOT NULL))
ORDER BY id;

-- name: article_cards
-- The messages that name some articles, and every article that they name.
SELECT card.channel_id, card.message_id, card.article_id,
       article.removed_at IS NULL AS there
FROM article_card AS card JOIN article ON article.id = card.article_id
WHERE card.message_id IN (SELECT message_id FROM article_card
                          WHERE article_id IN (SELECT value FROM json_each(:ids)))
ORDER BY card.message_id, card.article_id;

-- name: from_messages
-- Whether anything was taken from some messages, or waits to be read.
SELECT 1 FROM article
WHERE article.message_id IN (SELECT value FROM json_each(:messages)) AND {visible}
UNION ALL SELECT 1 FROM job
WHERE :here AND job.message_id IN (SELECT value FROM json_each(:messages));

-- name: of_messages
-- What a scope shows of what was taken from some messages.
SELECT article.id FROM article
WHERE article.message_id IN (SELECT value FROM json_each(:messages)) AND {visible}
ORDER BY article.id;

-- name: removed_with
-- What was removed together, and can be restored.
SELECT {card_columns}
FROM article JOIN version ON version.id = article.version_id
WHERE article.removal_id = :removal_id AND {removed} ORDER BY article.id;

-- name: removed_lately
-- Together, or since a time: in other channels, say.
(removal_id = :removal_id OR removal_id IS NOT NULL AND removed_at > :since);

-- name: keep_removal_longer
-- Where several were removed together.
UPDATE article SET kept_longer_s = :longer_s
WHERE {removed_lately} AND (SELECT count(*) FROM article WHERE {removed_lately}) > 1;

-- name: withdraw_jobs
-- Of messages that were deleted: what waits to be read is not kept.
UPDATE job SET withdrawn = 1
WHERE message_id IN (SELECT value FROM json_each(:messages)) AND ended_at IS NULL;

-- name: withdraw_similar
UPDATE job SET details = '', data = NULL
WHERE message_id IN (SELECT value FROM json_each(:messages)) AND status = 'similar';

-- name: withdrawn
SELECT id FROM job WHERE id = :job_id AND withdrawn;

-- name: due_article_cards
-- The messages that name an article: it was removed, restored or is about to be erased.
INSERT INTO due_card (message_id, channel_id, is_answer)
SELECT message_id, channel_id, 0 FROM article_card WHERE article_id = ?
ON CONFLICT DO NOTHING;

-- name: due_answer_cards
-- The messages that show what an article says that is about to be erased, and were not edited
-- when it was removed. Of answers that cite it, name it, or have a note: that may tell of it.
INSERT INTO due_card (message_id, channel_id, is_answer)
SELECT card.message_id, card.channel_id, 1
FROM answer_card AS card JOIN answer ON answer.id = card.answer_id
WHERE answer.id IN (
        SELECT citation.answer_id
        FROM citation JOIN version ON version.id = citation.version_id
        WHERE version.article_id = ?1
        UNION SELECT answer_id FROM answer_nearest WHERE article_id = ?1
        UNION SELECT id FROM answer_article JOIN answer ON answer.id = answer_id
              WHERE article_id = ?1 AND CASE WHEN json_valid(body)
                                        THEN json_extract(body, '$.note') <> '' END)
  AND NOT EXISTS (SELECT 1 FROM json_each(iif(json_valid(withheld), withheld, '[]'))
                  WHERE value = ?1)
ON CONFLICT DO NOTHING;

-- name: due_cards
SELECT channel_id, message_id, is_answer FROM due_card ORDER BY message_id;

-- name: card_done
DELETE FROM due_card WHERE message_id = ?;

-- name: named_in
-- The articles that a message names.
SELECT card.channel_id, card.message_id, card.article_id,
       article.removed_at IS NULL AS there
FROM article_card AS card JOIN article ON article.id = card.article_id
WHERE card.message_id = :message_id ORDER BY card.article_id;
