-- Every query of the store, by name, as in SQLite's. :server is the library's server: each query
-- of a library's tables begins with it. Several statements run in order, in the transaction of the
-- caller; the last one's result counts. :new_id is the next id of the table that a row goes to.
-- :owner is this process, :clock the time.

-- name: visible
(:here AND article.removed_at IS NULL
       AND (:everywhere OR article.channel_id IS NULL
            OR article.channel_id IN (SELECT value::bigint FROM jsonb_array_elements_text(:channels::jsonb))));

-- name: trashed
-- Like "visible", for articles in the trash, without those that wait for approval or are set aside.
(:here AND article.removed_at > '-Infinity' AND article.removed_at < 'Infinity'
       AND (:everywhere OR article.channel_id IS NULL
            OR article.channel_id IN (SELECT value::bigint FROM jsonb_array_elements_text(:channels::jsonb))));

-- name: matches
-- Whether an article matches a filter, as in SQLite.
((:part::text = '' OR strpos(lower(article.title), lower(:part::text)) > 0)
 AND (:tag::text = '' OR EXISTS (SELECT 1 FROM tag WHERE tag.server_id = :server
                                   AND tag.article_id = article.id AND tag.name = :tag))
 AND (:only::jsonb IS NULL
      OR article.id = ANY (ARRAY(SELECT value::bigint FROM jsonb_array_elements_text(:only::jsonb))))
 AND (:submitter_id::bigint IS NULL OR article.submitter_id = :submitter_id)
 AND (:since::text = '' OR coalesce(article.last_day, article.added_at) >= :since)
 AND (:until::text = ''
      OR substr(coalesce(article.first_day, article.added_at), 1, length(:until::text)) <= :until)
 AND (:read_before::bigint IS NULL OR EXISTS (SELECT 1 FROM version AS newest
                                              WHERE newest.server_id = :server
                                                AND newest.id = article.version_id
                                                AND newest.reader < :read_before)));

-- name: article_columns
-- The columns of an Article record.
article.*, version.number AS version, version.characters, version.notes, version.hash, version.reader,
(SELECT count(*) FROM passage
 WHERE passage.server_id = :server AND passage.version_id = version.id) AS passages,
(SELECT coalesce(json_agg(tag.name ORDER BY tag.name), '[]')::text FROM tag
 WHERE tag.server_id = :server AND tag.article_id = article.id) AS tags;

-- name: articles_with_version
article JOIN version ON version.server_id = :server AND version.id = article.version_id;

-- name: add_article
INSERT INTO article (server_id, id, title, url, author, published, date_kind, date_source, language,
                     source, channel_id, submitter_id, submitter_name, added_at, address, etag,
                     last_modified, message_id, message_author_id)
VALUES (:server, :new_id, :title, :url, :author, :published, :date_kind, :date_source, :language,
        :source, :channel_id, :submitter_id, :submitter_name, :now, :address, :etag,
        :last_modified, :message_id, :message_author_id);

-- name: update_article
-- A new version changes the date, author and language if it has its own.
UPDATE article SET author = coalesce(:author::text, author),
                   published = coalesce(:published::text, published),
                   date_kind = CASE WHEN :published::text IS NULL THEN date_kind ELSE :date_kind END,
                   date_source = CASE WHEN :published::text IS NULL THEN date_source ELSE :date_source END,
                   language = coalesce(:language::text, language), url = coalesce(:url::text, url),
                   title = :title
WHERE server_id = :server AND id = :article_id;

-- name: record_page_check
-- The HTTP validators of the page when it was last checked.
UPDATE article SET address = :address, etag = :etag, last_modified = :last_modified
WHERE server_id = :server AND id = :article_id;

-- name: add_version
INSERT INTO version (server_id, id, article_id, number, text, hash, characters, cleaner, splitter,
                     reader, tokens, notes, original, created_at, blocks, page_unit, by_ocr)
VALUES (:server, :new_id, :article_id, :number, :text, :hash, :characters, :cleaner, :splitter,
        :reader, :tokens, :notes, :original, :now, :blocks, :page_unit, :by_ocr);

-- name: reread_version
-- The same text, read again by newer code.
UPDATE version SET cleaner = :cleaner, splitter = :splitter, reader = :reader, tokens = :tokens,
                   notes = :notes, original = :original, blocks = :blocks, page_unit = :page_unit,
                   by_ocr = :by_ocr
WHERE server_id = :server AND id = :version_id;

-- name: drop_passages
-- With their sentences, vectors and tokens. Citations are of the version, not of passages.
DELETE FROM passage WHERE server_id = :server AND version_id = ?;

-- name: set_newest
UPDATE article SET version_id = :version_id WHERE server_id = :server AND id = :article_id;

-- name: add_passage
INSERT INTO passage (server_id, id, article_id, version_id, position, start, "end", tokens, heading,
                     page, text)
VALUES (:server, :new_id, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: passage_ids
SELECT id FROM passage WHERE server_id = :server AND version_id = ? ORDER BY position;

-- name: add_sentence
INSERT INTO sentence (server_id, passage_id, position, start, "end", page, kind)
VALUES (:server, ?, ?, ?, ?, ?, ?);

-- name: add_embedder
INSERT INTO embedder (server_id, id, model, dimension) VALUES (:server, :new_id, ?, ?)
ON CONFLICT (server_id, model, dimension) DO NOTHING;

-- name: embedder_id
SELECT id FROM embedder WHERE server_id = :server AND model = ? AND dimension = ?;

-- name: add_vector
INSERT INTO vector (server_id, passage_id, embedder_id, data) VALUES (:server, ?, ?, ?);

-- name: same_text
-- The article whose newest text has this hash.
SELECT article.id FROM {articles_with_version}
WHERE article.server_id = :server AND version.hash = :hash AND {visible}
ORDER BY article.id LIMIT 1;

-- name: same_original
-- The article that an older reader made of the same file or text.
SELECT article.id FROM {articles_with_version}
WHERE article.server_id = :server AND version.original = :original
  AND version.reader < :read_before AND {visible}
ORDER BY article.id LIMIT 1;

-- name: articles
-- Newest first, unless :sort says otherwise.
SELECT {article_columns} FROM {articles_with_version}
WHERE article.server_id = :server AND {visible} AND {matches}
ORDER BY CASE WHEN :sort::text = 'published' THEN coalesce(article.first_day, '') END DESC NULLS LAST,
         CASE WHEN :sort::text = 'longest' THEN version.characters END DESC NULLS LAST,
         CASE WHEN :sort::text = 'title' THEN lower(article.title) COLLATE "C" END,
         CASE WHEN :sort::text = 'oldest' THEN article.id END,
         article.id DESC LIMIT nullif(:limit::bigint, -1) OFFSET :offset;

-- name: one_article
SELECT {article_columns} FROM {articles_with_version}
WHERE article.server_id = :server AND article.id = :article_id AND {visible};

-- name: any_article
-- Within the transaction that stored it: it may wait for approval.
SELECT {article_columns} FROM {articles_with_version}
WHERE article.server_id = :server AND article.id = :article_id AND :here;

-- name: visible_or_trashed
-- An article, whether or not it is in the trash.
SELECT article.id FROM article
WHERE article.server_id = :server AND article.id = :article_id AND ({visible} OR {trashed});

-- name: trashed_article
SELECT {article_columns} FROM {articles_with_version}
WHERE article.server_id = :server AND article.id = :article_id AND {trashed};

-- name: find_by_address
-- The article that was fetched from one of the :addresses.
SELECT {article_columns} FROM {articles_with_version}
WHERE article.server_id = :server
  AND article.address = ANY (ARRAY(SELECT jsonb_array_elements_text(:addresses::jsonb))) AND {visible}
ORDER BY article.id LIMIT 1;

-- name: with_url
-- Every article that was fetched from an address.
SELECT article.id FROM article
WHERE article.server_id = :server AND article.address IS NOT NULL AND {visible} ORDER BY article.id;

-- name: on_card
-- The articles that the bot's message :message_id was posted about.
SELECT article.id FROM article
WHERE article.server_id = :server AND article.message_link LIKE '%/' || :message_id::text
  AND {visible} ORDER BY article.id;

-- name: ids_matching
-- The ids of the articles that match a filter.
SELECT article.id FROM article
WHERE article.server_id = :server AND {visible} AND {matches} ORDER BY article.id;

-- name: search_titles
-- Articles whose title contains :part, for autocomplete.
SELECT {article_columns} FROM {articles_with_version}
WHERE article.server_id = :server
  AND (:part::text = '' OR strpos(lower(article.title), lower(:part::text)) > 0) AND {visible}
ORDER BY article.id DESC LIMIT :limit;

-- name: channels
-- The channels where a scope's articles were added.
SELECT DISTINCT article.channel_id FROM article
WHERE article.server_id = :server AND article.channel_id IS NOT NULL AND {visible};

-- name: totals
SELECT count(*) AS articles, coalesce(sum(
    (SELECT count(*) FROM passage
     WHERE passage.server_id = :server AND passage.version_id = article.version_id)), 0)::bigint AS passages
FROM article
WHERE article.server_id = :server AND {visible} AND {matches};

-- name: count_articles
-- The number of articles, including those in the trash.
SELECT count(*) AS articles FROM article WHERE server_id = :server;

-- name: version_text
SELECT version.number, version.text
FROM article JOIN version ON version.server_id = :server AND version.article_id = article.id
WHERE article.server_id = :server AND article.id = :article_id AND version.number = :number
  AND {visible};

-- name: history
SELECT version.number, version.created_at, version.hash
FROM article JOIN version ON version.server_id = :server AND version.article_id = article.id
WHERE article.server_id = :server AND article.id = :article_id AND {visible}
ORDER BY version.number;

-- name: passages
-- The columns are in the order of StoredPassage's fields. The sentences are included, as JSON, so
-- that one statement reads a consistent passage.
SELECT passage.id, passage.article_id, passage.version_id, version.number AS version,
       article.title, article.url, article.author, article.published, article.submitter_id,
       article.submitter_name, article.channel_id, article.added_at, passage.position,
       passage.start, passage."end", passage.page, passage.heading, passage.text,
       (SELECT coalesce(json_agg(json_build_array(start, "end", page, coalesce(kind, 'paragraph'))
                                 ORDER BY position), '[]')::text
        FROM sentence
        WHERE sentence.server_id = :server AND sentence.passage_id = passage.id) AS sentences,
       (SELECT data FROM passage_tokens
        WHERE passage_tokens.server_id = :server
          AND passage_tokens.passage_id = passage.id) AS tokens_data,
       version.page_unit, version.by_ocr
FROM (SELECT * FROM passage
      WHERE server_id = :server
        AND id = ANY (ARRAY(SELECT value::bigint FROM jsonb_array_elements_text(:ids::jsonb)))
      OFFSET 0) AS passage  -- found by their ids, not by reading every article
     JOIN version ON version.server_id = :server AND version.id = passage.version_id
     JOIN article ON article.server_id = :server AND article.id = passage.article_id
WHERE {visible};

-- name: version_blocks
SELECT version.id, version.blocks
FROM version JOIN article ON article.server_id = :server AND article.id = version.article_id
WHERE version.server_id = :server
  AND version.id = ANY (ARRAY(SELECT value::bigint FROM jsonb_array_elements_text(:ids::jsonb))) AND {visible};

-- name: passage_ids_at
-- The passage at each offset of a version: pairs of a version's id and an offset, as JSON.
SELECT place.version_id, place.start, passage.id
FROM (SELECT (value ->> 0)::bigint AS version_id, (value ->> 1)::bigint AS start
      FROM jsonb_array_elements(:places::jsonb)) AS place
     JOIN passage ON passage.server_id = :server AND passage.version_id = place.version_id
                 AND passage.start <= place.start AND passage."end" > place.start
     JOIN article ON article.server_id = :server AND article.id = passage.article_id
WHERE {visible};

-- name: passages_of
SELECT passage.id
FROM article JOIN passage ON passage.server_id = :server AND passage.version_id = article.version_id
WHERE article.server_id = :server AND article.id = :article_id AND {visible}
ORDER BY passage.position;

-- name: openings
-- The first passage of each of some articles.
SELECT passage.id
FROM article JOIN passage ON passage.server_id = :server AND passage.version_id = article.version_id
WHERE article.server_id = :server
  AND article.id IN (SELECT value::bigint FROM jsonb_array_elements_text(:ids::jsonb))
  AND passage.position = 0 AND {visible};

-- name: erase_article
DELETE FROM article WHERE server_id = :server AND id = ?;

-- name: newest_passages
-- Those of an article's newest version.
(SELECT passage.id
 FROM article JOIN passage ON passage.server_id = :server AND passage.version_id = article.version_id
 WHERE article.server_id = :server AND article.id = ?);

-- name: drop_vectors
-- Before a new version replaces it: old ones aren't searched.
DELETE FROM vector WHERE server_id = :server AND passage_id IN {newest_passages};

-- name: retire_version
-- Before a newer one takes its place: its tokens are not needed any more.
UPDATE version SET tokens = NULL
WHERE server_id = :server
  AND id = (SELECT version_id FROM article WHERE server_id = :server AND id = ?);

-- name: set_tokens
UPDATE version SET tokens = :tokens
WHERE server_id = :server
  AND id = (SELECT version_id FROM article WHERE server_id = :server AND id = :article_id);

-- name: outdated_versions
-- The newest versions whose tokens another version of the code made.
(SELECT id FROM version WHERE server_id = :server AND (tokens < :tokens OR tokens > :tokens));

-- name: count_outdated
SELECT count(*) AS articles FROM version
WHERE server_id = :server AND (tokens < :tokens OR tokens > :tokens);

-- name: outdated_articles
-- By rising passages, with the number of these.
SELECT passage.article_id, (SELECT count(*) FROM passage AS other
                            WHERE other.server_id = :server
                              AND other.version_id = passage.version_id) AS passages
FROM passage
WHERE server_id = :server AND position = 0 AND version_id IN {outdated_versions}
ORDER BY id LIMIT :limit;

-- name: outdated_article
SELECT id FROM article
WHERE server_id = :server AND id = :article_id AND version_id IN {outdated_versions};

-- name: newer_tokens
SELECT id FROM version
WHERE server_id = :server AND tokens > :tokens
  AND id = (SELECT version_id FROM article WHERE server_id = :server AND id = :article_id);

-- name: set_all_tokens
-- Of versions without a passage.
UPDATE version SET tokens = :tokens
WHERE server_id = :server AND (tokens < :tokens OR tokens > :tokens);

-- name: outdated_segments
SELECT id FROM segment
WHERE server_id = :server AND tokens_version <> :tokens AND first <= :last AND last >= :first
ORDER BY first;

-- name: postings_after
-- Some terms of a segment.
SELECT segment_id, term, data FROM posting
WHERE server_id = :server AND segment_id = :segment_id AND term > :after ORDER BY term LIMIT :limit;

-- name: drop_some_postings
DELETE FROM posting WHERE server_id = :server AND segment_id = :segment_id AND term IN (
    SELECT term FROM posting WHERE server_id = :server AND segment_id = :segment_id LIMIT :limit);

-- name: drop_segment
DELETE FROM segment WHERE server_id = :server AND id = :segment_id;

-- name: passages_of_article
-- Of all its versions.
SELECT id FROM passage WHERE server_id = :server AND article_id = ?;

-- name: add_passage_tokens
INSERT INTO passage_tokens (server_id, passage_id, data) VALUES (:server, ?, ?);

-- name: drop_passage_tokens
-- As drop_vectors.
DELETE FROM passage_tokens WHERE server_id = :server AND passage_id IN {newest_passages};

-- name: set_trashed
UPDATE article SET removed_at = :removed_at, removal_id = :removal_id, kept_longer_s = 0
WHERE server_id = :server AND id = :article_id;

-- name: trashed_before
SELECT id FROM article
WHERE server_id = :server AND removed_at < :before AND removed_at + kept_longer_s < :before
  AND removed_at > '-Infinity';

-- name: count_trashed
SELECT count(*) AS articles FROM article WHERE server_id = :server AND removed_at IS NOT NULL;

-- name: rename
UPDATE article SET title = :title WHERE server_id = :server AND id = :article_id;

-- name: set_message_link
UPDATE article SET message_link = ? WHERE server_id = :server AND id = ?;

-- name: drop_tags
DELETE FROM tag WHERE server_id = :server AND article_id = ?;

-- name: add_tag
INSERT INTO tag (server_id, article_id, name) VALUES (:server, ?, ?) ON CONFLICT DO NOTHING;

-- name: tags
-- The tags in a scope with their number of articles, the most used first.
SELECT tag.name, count(*) AS articles
FROM tag JOIN article ON article.server_id = :server AND article.id = tag.article_id
WHERE tag.server_id = :server AND {visible} GROUP BY tag.name
ORDER BY articles DESC, tag.name COLLATE "C";

-- name: submitters
-- Who added how many of the articles that match a filter.
SELECT max(article.submitter_name) AS name, count(*) AS articles
FROM article WHERE article.server_id = :server AND {visible} AND {matches}
GROUP BY article.submitter_id ORDER BY articles DESC, max(article.submitter_name) COLLATE "C";

-- name: add_minhash
INSERT INTO minhash (server_id, version_id, scheme, data) VALUES (:server, ?, ?, ?);

-- name: add_minhash_band
INSERT INTO minhash_band (server_id, version_id, band_key) VALUES (:server, ?, ?);

-- name: drop_minhash_bands
-- As drop_vectors.
DELETE FROM minhash_band
WHERE server_id = :server
  AND version_id = (SELECT version_id FROM article WHERE server_id = :server AND id = ?);

-- name: similar_minhashes
-- The signatures of the newest versions in a scope that have one of some bands (:keys).
SELECT article.id, minhash.data
FROM minhash JOIN version ON version.server_id = :server AND version.id = minhash.version_id
             JOIN article ON article.server_id = :server AND article.id = version.article_id
                         AND article.version_id = version.id
WHERE minhash.server_id = :server AND minhash.scheme = :scheme AND {visible}
  AND minhash.version_id IN (
      SELECT version_id FROM minhash_band
      WHERE server_id = :server
        AND band_key IN (SELECT value::bigint FROM jsonb_array_elements_text(:keys::jsonb)))
ORDER BY article.id;

-- name: blanked
-- Removes an answer's text. Its footnotes still open.
question = '', standalone = '', body = '', waits = false;

-- name: blank_answers
-- Blanks the answers that depend on an erased article; their other footnotes still open.
DELETE FROM feedback_case WHERE server_id = :server AND answer_id IN (
    SELECT answer_id FROM answer_article WHERE server_id = :server AND article_id = ?);
UPDATE answer SET {blanked}
WHERE server_id = :server AND id IN (
    SELECT answer_id FROM answer_article WHERE server_id = :server AND article_id = ?1);

-- name: drop_dependencies
-- After "blank_answers": a blank answer needs no dependencies.
DELETE FROM answer_article WHERE server_id = :server AND article_id = ?;

-- name: drop_orphan_answers
-- Blank answers that have no citation left.
DELETE FROM answer
WHERE server_id = :server AND body = ''
  AND NOT EXISTS (SELECT 1 FROM citation
                  WHERE citation.server_id = :server AND citation.answer_id = answer.id);

-- name: add_answer
INSERT INTO answer (server_id, id, asker_id, channel_id, given_at, event_id, private, question,
                    standalone, body, waits)
VALUES (:server, :new_id, :asker_id, :channel_id, :now, :event_id, :private, :question,
        :standalone, :body, :waits);

-- name: answer_of_event
SELECT id FROM answer WHERE server_id = :server AND event_id = :event_id;

-- name: add_dependency
INSERT INTO answer_article (server_id, answer_id, article_id) VALUES (:server, ?, ?);

-- name: add_dependency_channels
-- The channels of a scope's articles: an answer that counted over the scope depends on them all.
INSERT INTO answer_scope (server_id, answer_id, channel_id)
SELECT DISTINCT article.server_id, :answer_id::bigint, article.channel_id FROM article
WHERE article.server_id = :server AND article.channel_id IS NOT NULL AND {visible};

-- name: copy_dependencies
INSERT INTO answer_article (server_id, answer_id, article_id)
SELECT server_id, :answer_id::bigint, article_id FROM answer_article
WHERE server_id = :server AND answer_id = :repeats
ON CONFLICT DO NOTHING;

-- name: copy_dependency_channels
INSERT INTO answer_scope (server_id, answer_id, channel_id)
SELECT server_id, :answer_id::bigint, channel_id FROM answer_scope
WHERE server_id = :server AND answer_id = :repeats
ON CONFLICT DO NOTHING;

-- name: erased_dependencies
-- The articles that an answer depends on and that no longer exist.
SELECT article_id FROM answer_article
WHERE server_id = :server AND answer_id = ?
  AND NOT EXISTS (SELECT 1 FROM article
                  WHERE article.server_id = :server AND article.id = answer_article.article_id);

-- name: blank_late_answer
-- An answer whose article was erased while it was being written.
UPDATE answer SET {blanked} WHERE server_id = :server AND id = ?;

-- name: drop_citations
DELETE FROM citation WHERE server_id = :server AND answer_id = ?;

-- name: answer_visible
-- Whether a scope shows every article that an answer depends on; an erased one is never shown.
(:here AND NOT EXISTS (
    SELECT 1 FROM answer_article
         LEFT JOIN article ON article.server_id = :server AND article.id = answer_article.article_id
    WHERE answer_article.server_id = :server AND answer_article.answer_id = answer.id
      AND (article.id IS NULL OR NOT {visible}))
 AND (:everywhere OR NOT EXISTS (
    SELECT 1 FROM answer_scope
    WHERE answer_scope.server_id = :server AND answer_scope.answer_id = answer.id
      AND answer_scope.channel_id NOT IN (
          SELECT value::bigint FROM jsonb_array_elements_text(:channels::jsonb)))));

-- name: visible_answer
SELECT * FROM answer WHERE server_id = :server AND id = :answer_id AND {answer_visible};

-- name: last_answer_of
SELECT * FROM answer
WHERE server_id = :server AND asker_id = :asker_id AND body <> '' AND {answer_visible}
ORDER BY id DESC LIMIT 1;

-- name: last_turns
-- The latest public answers in a channel or thread, newest first.
SELECT * FROM answer
WHERE server_id = :server AND channel_id = :channel_id AND NOT private AND question <> ''
  AND {answer_visible}
ORDER BY id DESC LIMIT :limit;

-- name: unanswered
-- The newest questions that wait for an article that answers them.
SELECT * FROM answer WHERE server_id = :server AND waits AND {answer_visible}
ORDER BY id DESC LIMIT :limit;

-- name: mark_notified
UPDATE answer SET waits = false, alert_article_id = NULL
WHERE server_id = :server AND id = ? AND waits;

-- name: record_alert
UPDATE answer SET alert_article_id = :article_id
WHERE server_id = :server AND id = :answer_id AND waits;

-- name: undelivered_alerts
SELECT id, alert_article_id FROM answer
WHERE server_id = :server AND waits AND alert_article_id IS NOT NULL ORDER BY id;

-- name: rate_answer
-- Does nothing if the answer no longer exists. Without a bad rating there is no case.
INSERT INTO feedback (server_id, answer_id, user_id, kind, given_at)
SELECT server_id, id, ?2::bigint, ?3::text, ?4::text FROM answer WHERE server_id = :server AND id = ?1
ON CONFLICT (server_id, answer_id, user_id)
DO UPDATE SET kind = excluded.kind, given_at = excluded.given_at;
DELETE FROM feedback_case WHERE server_id = :server AND answer_id = ?1 AND {is_not_bad};

-- name: is_not_bad
NOT EXISTS (SELECT 1 FROM feedback
            WHERE feedback.server_id = :server AND feedback.answer_id = feedback_case.answer_id
              AND kind <> 'helpful');

-- name: ratings
-- The ratings of the answers that a scope shows.
SELECT kind, count(*) AS ratings
FROM feedback JOIN answer ON answer.server_id = :server AND answer.id = feedback.answer_id
WHERE feedback.server_id = :server AND {answer_visible} GROUP BY kind ORDER BY kind COLLATE "C";

-- name: ratings_of
SELECT kind, count(*) AS ratings FROM feedback
WHERE server_id = :server AND answer_id = ? GROUP BY kind;

-- name: is_shown_question
-- A public question of a channel that may be shown, or the operator's (0) own in the terminal.
(:all_asked AND answer.asker_id = 0
 OR NOT answer.private
    AND (:all_asked OR answer.channel_id IN (
        SELECT value::bigint FROM jsonb_array_elements_text(:asked_in::jsonb))));

-- name: is_unanswered
-- It was a question to the library, and had no answer.
CASE WHEN left(answer.body, 1) = '{'
     THEN NOT coalesce((answer.body::json ->> 'answered')::boolean, false)
          AND coalesce(answer.body::json ->> 'mode', '') <> 'help'
     ELSE false END;

-- name: has_bad_rating
EXISTS (SELECT 1 FROM feedback WHERE feedback.server_id = :server
          AND feedback.answer_id = answer.id AND kind <> 'helpful');

-- name: keep_case
-- Does nothing if the answer changed while its case was made, or if the bad ratings are gone.
INSERT INTO feedback_case (server_id, answer_id, kept_at, details)
SELECT server_id, id, :now::text, :details::text FROM answer
WHERE server_id = :server AND id = :answer_id AND body = :body AND body <> '' AND {has_bad_rating}
ON CONFLICT DO NOTHING;

-- name: bad_answers
SELECT answer.*, feedback_case.details,
       (SELECT json_object_agg(kind, number)::text
        FROM (SELECT kind, count(*) AS number FROM feedback
              WHERE feedback.server_id = :server AND feedback.answer_id = answer.id
              GROUP BY kind ORDER BY kind) AS kinds) AS ratings
FROM answer LEFT JOIN feedback_case ON feedback_case.server_id = :server
                                   AND feedback_case.answer_id = answer.id
WHERE answer.server_id = :server AND answer.body <> '' AND {is_shown_question} AND {answer_visible}
  AND {has_bad_rating}
ORDER BY answer.id DESC LIMIT :limit;

-- name: unanswered_questions
SELECT answer.* FROM answer
WHERE answer.server_id = :server AND {is_unanswered} AND {is_shown_question} AND {answer_visible}
ORDER BY answer.id DESC LIMIT :limit;

-- name: private_counts
SELECT count(*) FILTER (WHERE {has_bad_rating}) AS bad,
       count(*) FILTER (WHERE {is_unanswered}) AS unanswered
FROM answer
WHERE server_id = :server AND {answer_visible} AND private AND asker_id <> 0 AND body <> '';

-- name: citation_counts
-- A list of articles is no answer from their text.
SELECT article.id, count(DISTINCT answer.id) AS answers
FROM article LEFT JOIN version ON version.server_id = :server AND version.article_id = article.id
     LEFT JOIN citation ON citation.server_id = :server AND citation.version_id = version.id
     LEFT JOIN answer ON answer.server_id = :server AND answer.id = citation.answer_id
         AND CASE WHEN left(answer.body, 1) = '{' THEN answer.body::json ->> 'mode' END
             IS DISTINCT FROM 'library'
WHERE article.server_id = :server AND {visible} GROUP BY article.id ORDER BY article.id;

-- name: is_forgettable
-- Answers from before a time that still say something: except that an answer shown in a direct
-- message can be edited only by way of its reader.
given_at < :before
  AND (question <> '' OR body <> '' OR standalone <> '' OR event_id IS NOT NULL OR asker_id IS NOT NULL)
  AND (question <> '' OR body <> '' OR standalone <> '' OR event_id IS NOT NULL OR NOT {shown_directly});

-- name: forget_answers
-- Blanks them, and forgets who asked.
DELETE FROM feedback_case WHERE server_id = :server AND answer_id IN (
    SELECT id FROM answer WHERE server_id = :server AND {is_forgettable});
UPDATE answer SET {blanked}, event_id = NULL,
                  asker_id = CASE WHEN {shown_directly} THEN asker_id END
WHERE server_id = :server AND {is_forgettable};

-- name: shown_directly
(private AND EXISTS (SELECT 1 FROM answer_card
                     WHERE answer_card.server_id = :server AND answer_card.answer_id = answer.id));

-- name: forget_channel
DELETE FROM feedback_case WHERE server_id = :server AND answer_id IN (
    SELECT id FROM answer WHERE server_id = :server AND channel_id = ?);
UPDATE answer SET {blanked} WHERE server_id = :server AND channel_id = ?1;

-- name: add_citation
-- Does nothing if the version was erased while the answer was being written.
INSERT INTO citation (server_id, answer_id, n, version_id, start, "end")
SELECT server_id, ?::bigint, ?::bigint, id, ?::bigint, ?::bigint FROM version
WHERE server_id = :server AND id = ?;

-- name: cited_passage
-- One footnote of an answer, with the passage around it.
SELECT citation.n, citation.version_id, citation.start, citation."end",
       substr(version.text, citation.start::integer + 1, (citation."end" - citation.start)::integer) AS quote,
       passage.text AS passage_text, passage.start AS passage_start, passage.heading,
       coalesce((SELECT page FROM sentence
                 WHERE sentence.server_id = :server AND sentence.passage_id = passage.id
                   AND sentence.start <= citation.start ORDER BY position DESC LIMIT 1),
                passage.page) AS page,
       version.number AS version, version.page_unit, version.by_ocr,
       article.id AS article_id, article.title, article.url,
       article.published, article.channel_id, article.submitter_id, article.submitter_name,
       article.added_at,
       (SELECT count(*) FROM citation AS other
        WHERE other.server_id = :server AND other.answer_id = citation.answer_id) AS footnotes
FROM citation JOIN version ON version.server_id = :server AND version.id = citation.version_id
     JOIN article ON article.server_id = :server AND article.id = version.article_id
     JOIN passage ON passage.server_id = :server AND passage.version_id = version.id
                 AND passage.start <= citation.start AND citation.start < passage."end"
WHERE citation.server_id = :server AND citation.answer_id = :answer_id AND citation.n = :n
  AND {visible};

-- name: add_segment
INSERT INTO segment (server_id, id, level, tokens_version, first, last)
VALUES (:server, :new_id, ?, ?, ?, ?);

-- name: add_posting
INSERT INTO posting (server_id, segment_id, term, data) VALUES (:server, ?, ?, ?);

-- name: segments_of_level
SELECT id, first, last FROM segment
WHERE server_id = :server AND level = :level AND tokens_version = :tokens ORDER BY first;

-- name: postings_of_level
SELECT segment.id AS segment_id, segment.first, segment.last, posting.term, posting.data
FROM segment JOIN posting ON posting.server_id = :server AND posting.segment_id = segment.id
WHERE segment.server_id = :server AND segment.level = :level AND segment.tokens_version = :tokens;

-- name: drop_level
DELETE FROM segment WHERE server_id = :server AND level = :level AND tokens_version = :tokens;

-- name: postings_between
-- The postings of some terms in the segments that overlap the passages :first to :last.
SELECT posting.segment_id, posting.term, posting.data
FROM posting JOIN segment ON segment.server_id = :server AND segment.id = posting.segment_id
WHERE posting.server_id = :server
  AND posting.term = ANY (ARRAY(SELECT jsonb_array_elements_text(:terms::jsonb)))
  AND segment.first <= :last AND segment.last >= :first AND segment.tokens_version = :tokens;

-- name: title_segment
-- The first passage of an article's newest version, where its title is indexed, and its segment.
SELECT passage.id, segment.id
FROM article JOIN passage ON passage.server_id = :server AND passage.version_id = article.version_id
     JOIN segment ON segment.server_id = :server AND segment.first <= passage.id
                 AND passage.id <= segment.last AND segment.tokens_version = :tokens
WHERE article.server_id = :server AND article.id = :article_id
ORDER BY passage.position, segment.id DESC LIMIT 1;

-- name: set_posting
UPDATE posting SET data = ? WHERE server_id = :server AND segment_id = ? AND term = ?;

-- name: drop_posting
DELETE FROM posting WHERE server_id = :server AND segment_id = ? AND term = ?;

-- name: drop_empty_segments
DELETE FROM segment
WHERE server_id = :server
  AND NOT EXISTS (SELECT 1 FROM posting
                  WHERE posting.server_id = :server AND posting.segment_id = segment.id);

-- name: article_texts
-- The sentences of an article's newest version, with their offsets in the passage.
SELECT passage.id, passage.position, passage.text, article.title,
       sentence.start - passage.start AS start, sentence."end" - passage.start AS "end"
FROM article JOIN passage ON passage.server_id = :server AND passage.version_id = article.version_id
     JOIN sentence ON sentence.server_id = :server AND sentence.passage_id = passage.id
WHERE article.server_id = :server AND article.id = :article_id
ORDER BY passage.id, sentence.position;

-- name: postings
-- The postings of some terms. While tokens are made again, by rising passage, an outdated segment
-- serves only the passages still to come.
WITH outdated AS MATERIALIZED (
    SELECT tokens_version, coalesce(
        (SELECT min(passage.id) FROM version
         JOIN passage ON passage.server_id = :server AND passage.version_id = version.id
                     AND passage.position = 0
         WHERE version.server_id = :server AND version.tokens = tokens_version), :none) AS serves_from
    FROM (SELECT DISTINCT tokens_version FROM segment
          WHERE server_id = :server AND tokens_version <> :tokens) AS other)
SELECT segment.id AS segment_id, segment.first, segment.last, posting.term, posting.data,
       coalesce(outdated.serves_from, 0) AS serves_from
FROM (SELECT segment_id, term, data FROM posting
      WHERE server_id = :server
        AND term = ANY (ARRAY(SELECT jsonb_array_elements_text(:terms::jsonb)))
      OFFSET 0) AS posting  -- found by its terms, whatever the planner thinks of segments
     JOIN segment ON segment.server_id = :server AND segment.id = posting.segment_id
     LEFT JOIN outdated ON outdated.tokens_version = segment.tokens_version;

-- name: passage_table
-- The passages of the newest versions after an id, for the cached passage table.
SELECT passage.id, passage.article_id, passage.position, passage.tokens,
       coalesce(article.channel_id, 0) AS channel_id, length(article.title) AS title_length
FROM passage JOIN article ON article.server_id = :server AND article.id = passage.article_id
                         AND article.version_id = passage.version_id
                         AND article.removed_at IS NULL
WHERE passage.server_id = :server AND passage.id > :after ORDER BY passage.id;

-- name: changed_passages
-- The same, and what some articles (:ids) have now up to that id. Unordered, of one moment.
SELECT passage.id, passage.article_id, passage.position, passage.tokens,
       coalesce(article.channel_id, 0) AS channel_id, length(article.title) AS title_length
FROM passage JOIN article ON article.server_id = :server AND article.id = passage.article_id
                         AND article.version_id = passage.version_id
                         AND article.removed_at IS NULL
WHERE passage.server_id = :server AND passage.id > :after
UNION ALL
SELECT passage.id, passage.article_id, passage.position, passage.tokens,
       coalesce(article.channel_id, 0) AS channel_id, length(article.title) AS title_length
FROM article JOIN passage ON passage.server_id = :server
                         AND passage.version_id = article.version_id
WHERE article.server_id = :server AND article.removed_at IS NULL AND passage.id <= :after
  AND article.id IN (SELECT value::bigint FROM jsonb_array_elements_text(:ids::jsonb));

-- name: vectors_after
-- One embedder's vectors after a passage id, including those of old versions.
SELECT vector.passage_id AS id, vector.data
FROM embedder JOIN vector ON vector.server_id = :server AND vector.embedder_id = embedder.id
WHERE embedder.server_id = :server AND embedder.model = :model AND embedder.dimension = :dimension
  AND vector.passage_id > :after ORDER BY vector.passage_id LIMIT :limit;

-- name: most_vectors_after
-- The same: the table is in this order.
{vectors_after};

-- name: job
-- Without the payload.
SELECT id, submitter_id, state, failures, interrupted, not_before, article_id, status, code, reason
FROM job WHERE server_id = :server AND id = ?;

-- name: job_of_event
SELECT id FROM job WHERE server_id = :server AND event_id = ?;

-- name: lease_end
-- When the job of another process can be taken over, if that one is dead.
coalesce((SELECT until FROM lease WHERE kind = 'process' AND name = job.owner), 0);

-- name: pending_jobs
SELECT count(*) AS jobs,
       min(CASE WHEN state = 'queued' THEN not_before
                WHEN owner IS DISTINCT FROM :owner THEN {lease_end} END) AS due
FROM job WHERE server_id = :server AND ended_at IS NULL;

-- name: queue_job
INSERT INTO job (server_id, id, event_id, submitter_id, not_before, details, is_text, data, message_id)
VALUES (:server, :new_id, :event_id, :submitter_id, :now, :details, :is_text, :data, :message_id);

-- name: queue_attached
-- Does nothing for a file that is queued already. If the mail's message was deleted meanwhile, the
-- file must not be stored either.
INSERT INTO job (server_id, id, event_id, submitter_id, not_before, details, is_text, data, message_id,
                 attached_to, name, withdrawn)
SELECT server_id, :new_id, :event_id::bigint, :submitter_id::bigint, not_before, :details::text,
       :is_text::boolean, :data::bytea, :message_id::bigint, id, :name::text, withdrawn
FROM job WHERE server_id = :server AND id = :job_id
ON CONFLICT (server_id, event_id) DO NOTHING;

-- name: show_attached
-- On the card that shows the mail, until it shows how they ended.
INSERT INTO job_card (server_id, job_id, channel_id, message_id, name)
SELECT attached.server_id, attached.id, card.channel_id, card.message_id, attached.name
FROM job AS attached
     JOIN job_card AS card ON card.server_id = :server AND card.job_id = attached.attached_to
WHERE attached.server_id = :server AND attached.attached_to = ?
ON CONFLICT (server_id, job_id) DO NOTHING;

-- name: attached_jobs
SELECT id, name FROM job WHERE server_id = :server AND attached_to = ? ORDER BY id;

-- name: add_status_message
INSERT INTO job_card (server_id, job_id, channel_id, message_id, name) VALUES (:server, ?, ?, ?, ?);

-- name: undisplayed_jobs
SELECT job_id, channel_id, message_id, name FROM job_card WHERE server_id = :server ORDER BY job_id;

-- name: mark_jobs_displayed
DELETE FROM job_card
WHERE server_id = :server
  AND job_id = ANY (ARRAY(SELECT value::bigint FROM jsonb_array_elements_text(?::jsonb)));

-- name: claim_job
-- One that is queued, or that a dead process had.
UPDATE job SET state = 'running', owner = :owner,
               interrupted = interrupted + (state = 'running')::integer
WHERE server_id = :server
  AND id = (SELECT id FROM job
            WHERE server_id = :server AND ended_at IS NULL
              AND (state = 'queued' AND not_before <= :now OR {is_orphan})
            ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING *;

-- name: is_orphan
(state = 'running' AND owner IS DISTINCT FROM :owner AND {lease_end} <= :clock);

-- name: requeue_orphans
-- Running jobs of this process whose result it could not store. Those of a dead one are claimed.
UPDATE job SET state = 'queued', interrupted = interrupted + 1
WHERE server_id = :server AND ended_at IS NULL AND state = 'running' AND owner = :owner
  AND id NOT IN (SELECT value::bigint FROM jsonb_array_elements_text(:leased::jsonb));

-- name: release_job
UPDATE job SET state = 'queued'
WHERE server_id = :server AND id = ? AND state = 'running' AND owner = :owner;

-- name: retry_job_later
UPDATE job SET state = 'queued', not_before = :until, failures = failures + 1,
               code = :code, reason = :reason
WHERE server_id = :server AND id = :id AND state = 'running' AND owner = :owner;

-- name: finish_job
-- Does nothing if the job has ended already, or another process has taken it over. An erased article
-- is not referenced. The payload of a "similar" submission stays for a day: its submitter may still
-- want it stored, unless its message was deleted meanwhile.
DELETE FROM recognized_page
WHERE server_id = :server AND job_id IN (
    SELECT id FROM job WHERE server_id = :server AND id = :id AND {is_mine});
UPDATE job SET state = :state, ended_at = :now, status = :status, code = :code, reason = :reason,
               article_id = (SELECT id FROM article WHERE server_id = :server AND id = :article_id),
               details = CASE WHEN :status::text = 'similar' AND NOT withdrawn THEN details ELSE '' END,
               data = CASE WHEN :status::text = 'similar' AND NOT withdrawn THEN data END
WHERE server_id = :server AND id = :id AND {is_mine};

-- name: is_mine
-- A job that this process may end.
(ended_at IS NULL AND (state <> 'running' OR owner = :owner));

-- name: keep_similar
-- Stores a submission after all that was nearly the same as another article.
UPDATE job SET state = 'queued', ended_at = NULL, status = '', reason = '', article_id = NULL,
               not_before = :now,
               details = jsonb_set(
                   jsonb_set(details::jsonb, '{submission,keep_similar}', 'true'),
                   '{submission,needs_approval}', :waits::jsonb
               )::text
WHERE server_id = :server AND id = :id AND state = 'done' AND status = 'similar' AND details <> '';

-- name: drop_similar
UPDATE job SET details = '', data = NULL
WHERE server_id = :server AND id = :id AND status = 'similar';

-- name: save_recognized
-- Does nothing if the job has ended or is gone.
INSERT INTO recognized_page (server_id, job_id, page, text)
SELECT server_id, id, :page::bigint, :text::text FROM job
WHERE server_id = :server AND id = :job_id AND ended_at IS NULL
ON CONFLICT (server_id, job_id, page) DO UPDATE SET text = excluded.text;

-- name: recognized_pages
SELECT page, text FROM recognized_page WHERE server_id = :server AND job_id = ? ORDER BY page;

-- name: forget_jobs
DELETE FROM job WHERE server_id = :server AND ended_at < ?;

-- name: spent
-- What a day's questions have cost so far, in total and for one person.
SELECT coalesce(sum(prompt_tokens + completion_tokens), 0)::bigint AS tokens,
       coalesce(sum(cost), 0)::bigint AS cost,
       coalesce(sum(prompt_tokens + completion_tokens) FILTER (WHERE user_id = :user_id), 0)::bigint
           AS user_tokens
FROM charge WHERE server_id = :server AND day = :day;

-- name: charge_of_event
SELECT id FROM charge WHERE server_id = :server AND event_id = :event_id;

-- name: add_charge
INSERT INTO charge (server_id, id, day, event_id, user_id, prompt_tokens, completion_tokens, cost, kind)
VALUES (:server, :new_id, :day, :event_id, :user_id, :prompt_tokens, :completion_tokens, :cost, :kind);

-- name: raise_charge
UPDATE charge SET prompt_tokens = prompt_tokens + :prompt_tokens,
                  completion_tokens = completion_tokens + :completion_tokens,
                  cost = cost + :cost
WHERE server_id = :server AND id = :id;

-- name: settle_charge
UPDATE charge SET prompt_tokens = :prompt_tokens, completion_tokens = :completion_tokens,
                  cost = :cost
WHERE server_id = :server AND id = :id;

-- name: record_outcome
UPDATE charge SET outcome = :outcome, seconds = :seconds WHERE server_id = :server AND id = :id;

-- name: outcomes_by_day
-- The median is over timed questions: the middle one, or the mean of the middle two.
SELECT day, count(*) FILTER (WHERE outcome = 'written') AS by_model,
       count(*) FILTER (WHERE outcome = 'fell back') AS fell_back,
       count(*) FILTER (WHERE outcome = 'refused') AS refused,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS median_seconds
FROM charge WHERE server_id = :server AND kind = 'question' AND day >= :since
GROUP BY day ORDER BY day;

-- name: spent_by_day
-- A day's cost is known if the cost of all its questions is.
SELECT day, count(*) FILTER (WHERE kind = 'question') AS questions,
       sum(prompt_tokens)::bigint AS prompt_tokens,
       sum(completion_tokens)::bigint AS completion_tokens,
       CASE WHEN count(cost) = count(*) THEN sum(cost)::bigint END AS cost
FROM charge WHERE server_id = :server AND day >= :since GROUP BY day ORDER BY day DESC;

-- name: spent_by_user
SELECT user_id, count(*) FILTER (WHERE kind = 'question') AS questions,
       sum(prompt_tokens)::bigint AS prompt_tokens,
       sum(completion_tokens)::bigint AS completion_tokens,
       CASE WHEN count(cost) = count(*) THEN sum(cost)::bigint END AS cost
FROM charge WHERE server_id = :server AND day >= :since
GROUP BY user_id
ORDER BY sum(prompt_tokens + completion_tokens) DESC, questions DESC, user_id NULLS FIRST;

-- name: forget_charges
DELETE FROM charge WHERE server_id = :server AND day < :before;

-- name: anonymize_charges
UPDATE charge SET user_id = NULL, event_id = NULL WHERE server_id = :server AND user_id = :user_id;

-- name: unembedded
-- A scope's passages of newest versions, after an id, without a vector of an embedder.
FROM passage JOIN article ON article.server_id = :server AND article.id = passage.article_id
                         AND article.version_id = passage.version_id
WHERE passage.server_id = :server AND passage.id > :after AND {visible}
  AND NOT EXISTS (SELECT 1 FROM vector
                  WHERE vector.server_id = :server AND vector.embedder_id = :embedder_id
                    AND vector.passage_id = passage.id);

-- name: count_unembedded
SELECT count(*) AS passages {unembedded};

-- name: unembedded_texts
SELECT passage.id, passage.text {unembedded} ORDER BY passage.id LIMIT :limit;

-- name: fill_vector
-- Does nothing for a passage that was erased or is no longer searched.
INSERT INTO vector (server_id, passage_id, embedder_id, data)
SELECT passage.server_id, passage.id, ?2::bigint, ?3::bytea
FROM passage JOIN article ON article.server_id = :server AND article.version_id = passage.version_id
                         AND article.id = passage.article_id AND article.removed_at IS NULL
WHERE passage.server_id = :server AND passage.id = ?1
ON CONFLICT DO NOTHING;

-- name: vectors_of
-- One embedder's vectors of some passages, by rising id.
SELECT vector.passage_id AS id, vector.data
FROM embedder JOIN vector ON vector.server_id = :server AND vector.embedder_id = embedder.id
WHERE embedder.server_id = :server AND embedder.model = :model AND embedder.dimension = :dimension
  AND vector.passage_id = ANY (ARRAY(
      SELECT value::bigint FROM jsonb_array_elements_text(:ids::jsonb)))
ORDER BY vector.passage_id;

-- name: other_embedders
SELECT id FROM embedder WHERE server_id = :server AND NOT (model = ? AND dimension = ?);

-- name: drop_some_vectors
DELETE FROM vector WHERE server_id = :server AND embedder_id = :embedder_id AND passage_id IN (
    SELECT passage_id FROM vector
    WHERE server_id = :server AND embedder_id = :embedder_id LIMIT :limit);

-- name: drop_embedder
DELETE FROM embedder WHERE server_id = :server AND id = ?;

-- name: names_of_user
-- The names of a person that a library stores. The author of a file or link in their message is
-- someone else.
SELECT submitter_name AS name FROM article
WHERE server_id = :server AND submitter_id = :user_id AND submitter_name <> ''
UNION SELECT author FROM article
WHERE server_id = :server AND message_author_id = :user_id AND url {message_text_url} AND author <> ''
UNION SELECT details::json #>> '{submission,submitter,name}' FROM job
WHERE server_id = :server AND submitter_id = :user_id AND details <> ''
  AND details::json #>> '{submission,submitter,name}' <> '';

-- name: count_questions
SELECT count(*) AS answers FROM answer WHERE server_id = :server AND asker_id = :user_id;

-- name: forget_private_answers
DELETE FROM answer WHERE server_id = :server AND asker_id = :user_id AND private;

-- name: forget_public_answers
-- Their footnotes still open, and their messages can still be edited, for others in the channel.
DELETE FROM feedback_case WHERE server_id = :server AND answer_id IN (
    SELECT id FROM answer WHERE server_id = :server AND asker_id = :user_id);
UPDATE answer SET {blanked}, asker_id = NULL, event_id = NULL
WHERE server_id = :server AND asker_id = :user_id;

-- name: anonymize_citations
-- Replaces :named by :unnamed in other people's answers.
DELETE FROM feedback_case WHERE server_id = :server AND answer_id IN (
    SELECT id FROM answer WHERE server_id = :server AND strpos(body, :named) > 0);
UPDATE answer SET body = replace(body, :named, :unnamed)
WHERE server_id = :server AND strpos(body, :named) > 0;

-- name: names_the_person
EXISTS (SELECT 1 FROM jsonb_array_elements_text(:names::jsonb)
        WHERE strpos(answer.body || answer.question || answer.standalone, value) > 0);

-- name: blank_answers_naming
-- Blanks other people's answers that still name the person.
DELETE FROM feedback_case WHERE server_id = :server AND answer_id IN (
    SELECT id FROM answer WHERE server_id = :server AND {names_the_person});
UPDATE answer SET {blanked} WHERE server_id = :server AND {names_the_person};

-- name: count_attributed_articles
SELECT count(*) AS articles FROM article
WHERE server_id = :server AND (submitter_id = :user_id OR message_author_id = :user_id);

-- name: message_text_url
-- A text that was added as a message, rather than a file or link in one, has the message's URL.
LIKE 'https://discord.com/channels/%';

-- name: anonymize_authors
-- The author of a message is the author of the article made from it.
UPDATE article SET author = NULL, source = 'message', message_author_id = NULL
WHERE server_id = :server AND url {message_text_url}
  AND (message_author_id = :user_id
       OR message_author_id IS NULL AND author = ANY (ARRAY(SELECT jsonb_array_elements_text(:names::jsonb))));

-- name: anonymize_messages
UPDATE article SET message_author_id = NULL WHERE server_id = :server AND message_author_id = :user_id;

-- name: anonymize_submitter
UPDATE article SET submitter_id = NULL, submitter_name = ''
WHERE server_id = :server AND submitter_id = :user_id;

-- name: anonymize_jobs
UPDATE job SET submitter_id = NULL, event_id = NULL,
               details = CASE WHEN details = '' THEN '' ELSE jsonb_set(jsonb_set(details::jsonb,
                   '{submission,submitter,user_id}', 'null'), '{submission,submitter,name}', '""')::text END
WHERE server_id = :server AND submitter_id = :user_id;

-- name: wrote_the_message
-- The person wrote the message that a job reads.
CASE WHEN details <> '' THEN (details::json #>> '{submission,message,author_id}')::bigint = :user_id
     ELSE false END;

-- name: anonymize_pending_texts
UPDATE job SET details = jsonb_set(jsonb_set(details::jsonb, '{submission,author}', 'null'),
                                   '{submission,source}', '"message"')::text
WHERE server_id = :server AND {wrote_the_message}
  AND details::json #>> '{submission,url}' {message_text_url};

-- name: anonymize_status_messages
-- The name on the card of a message text's job says who wrote it.
UPDATE job_card SET name = 'message'
WHERE server_id = :server AND job_id IN (
    SELECT id FROM job
    WHERE server_id = :server AND {wrote_the_message}
      AND details::json #>> '{submission,url}' {message_text_url});

-- name: anonymize_pending_messages
-- Also of the files and links in a message, whose author may be someone else.
UPDATE job SET details = jsonb_set(details::jsonb, '{submission,message,author_id}', 'null')::text
WHERE server_id = :server AND {wrote_the_message};

-- name: forget_ratings
DELETE FROM feedback_case WHERE server_id = :server AND answer_id IN (
    SELECT mine.answer_id FROM feedback AS mine
    WHERE mine.server_id = :server AND mine.user_id = :user_id
      AND NOT EXISTS (SELECT 1 FROM feedback AS other
                      WHERE other.server_id = :server AND other.answer_id = mine.answer_id
                        AND other.user_id <> :user_id AND other.kind <> 'helpful'));
DELETE FROM feedback WHERE server_id = :server AND user_id = :user_id;

-- name: drop_answer_cards
DELETE FROM answer_card WHERE server_id = :server AND answer_id = ?;

-- name: add_answer_card
INSERT INTO answer_card (server_id, answer_id, position, channel_id, message_id)
SELECT server_id, id, ?2::bigint, ?3::bigint, ?4::bigint FROM answer
WHERE server_id = :server AND id = ?1;

-- name: add_answer_nearest
INSERT INTO answer_nearest (server_id, answer_id, article_id)
SELECT answer.server_id, answer.id, article.id
FROM answer JOIN article ON article.server_id = :server
WHERE answer.server_id = :server AND answer.id = ? AND article.id = ?
ON CONFLICT DO NOTHING;

-- name: add_article_card
INSERT INTO article_card (server_id, article_id, channel_id, message_id)
SELECT server_id, id, ?2::bigint, ?3::bigint FROM article
WHERE server_id = :server AND id = ?1 ON CONFLICT DO NOTHING;

-- name: answer_cards
SELECT channel_id, message_id FROM answer_card
WHERE server_id = :server AND answer_id = ? ORDER BY position;

-- name: answers_showing
-- The posted answers that depend on some articles, or name them.
SELECT DISTINCT answer_id FROM answer_card
WHERE server_id = :server AND answer_id IN (
    SELECT answer_id FROM answer_article
    WHERE server_id = :server
      AND article_id = ANY (ARRAY(SELECT value::bigint FROM jsonb_array_elements_text(:ids::jsonb)))
    UNION SELECT answer_id FROM answer_nearest
    WHERE server_id = :server
      AND article_id = ANY (ARRAY(SELECT value::bigint FROM jsonb_array_elements_text(:ids::jsonb))))
ORDER BY answer_id;

-- name: count_unrecorded_answers
-- Public answers from before messages were recorded ('?') that cite some articles.
SELECT count(DISTINCT answer.id) AS answers
FROM citation JOIN version ON version.server_id = :server AND version.id = citation.version_id
     JOIN answer ON answer.server_id = :server AND answer.id = citation.answer_id
WHERE citation.server_id = :server AND answer.withheld = '?'
  AND version.article_id = ANY (ARRAY(SELECT value::bigint FROM jsonb_array_elements_text(:ids::jsonb)));

-- name: hidden_dependencies
-- The articles that an answer depends on, or its messages name, and that a scope does not show.
SELECT dependency.article_id, article.id IS NULL OR article.removed_at IS NOT NULL AS is_removed
FROM (SELECT article_id FROM answer_article WHERE server_id = :server AND answer_id = :answer_id
      UNION SELECT article_id FROM answer_nearest
            WHERE server_id = :server AND answer_id = :answer_id) AS dependency
     LEFT JOIN article ON article.server_id = :server AND article.id = dependency.article_id
WHERE article.id IS NULL OR NOT {visible}
ORDER BY dependency.article_id;

-- name: cited_articles
SELECT DISTINCT version.article_id
FROM citation JOIN version ON version.server_id = :server AND version.id = citation.version_id
WHERE citation.server_id = :server AND citation.answer_id = ?;

-- name: nearest_articles
SELECT article_id FROM answer_nearest WHERE server_id = :server AND answer_id = ?;

-- name: any_answer
SELECT * FROM answer WHERE server_id = :server AND id = ?;

-- name: set_withheld
-- Of the articles left out, those that it still depends on: an erased one is no longer among them.
UPDATE answer SET withheld = (
    SELECT coalesce(json_agg(value::bigint ORDER BY value::bigint), '[]')::text
    FROM jsonb_array_elements_text(:withheld::jsonb)
    WHERE value::bigint IN (
        SELECT article_id FROM answer_article WHERE server_id = :server AND answer_id = :answer_id
        UNION SELECT article_id FROM answer_nearest
              WHERE server_id = :server AND answer_id = :answer_id))
WHERE server_id = :server AND id = :answer_id;

-- name: maybe_stale_answers
-- Answers whose messages leave out an article, or have to.
SELECT id, withheld FROM answer
WHERE server_id = :server
  AND id IN (SELECT answer_id FROM answer_card WHERE server_id = :server)
  AND (withheld NOT IN ('[]', '?')
       OR id IN (SELECT answer_id FROM answer_article
                      JOIN article ON article.server_id = :server AND article.id = article_id
                 WHERE answer_article.server_id = :server AND article.removed_at IS NOT NULL
                 UNION SELECT answer_id FROM answer_nearest
                      JOIN article ON article.server_id = :server AND article.id = article_id
                 WHERE answer_nearest.server_id = :server AND article.removed_at IS NOT NULL))
ORDER BY id;

-- name: article_cards
-- The messages that name any of some articles, with every article that they name.
SELECT card.channel_id, card.message_id, card.article_id,
       article.removed_at IS NULL AS is_visible
FROM article_card AS card JOIN article ON article.server_id = :server AND article.id = card.article_id
WHERE card.server_id = :server AND card.message_id IN (
    SELECT message_id FROM article_card
    WHERE server_id = :server
      AND article_id = ANY (ARRAY(SELECT value::bigint FROM jsonb_array_elements_text(:ids::jsonb))))
ORDER BY card.message_id, card.article_id;

-- name: messages_given
(SELECT value::bigint FROM jsonb_array_elements_text(:messages::jsonb));

-- name: any_from_messages
-- Whether any article or pending job came from some messages.
SELECT 1 FROM article
WHERE article.server_id = :server AND article.message_id IN {messages_given} AND {visible}
UNION ALL SELECT 1
FROM article JOIN approval ON approval.server_id = :server AND approval.article_id = article.id
WHERE article.server_id = :server AND :here AND article.message_id IN {messages_given}
UNION ALL SELECT 1 FROM job
WHERE job.server_id = :server AND :here AND job.message_id IN {messages_given};

-- name: articles_from_messages
-- The articles in a scope that were made from some messages.
SELECT article.id FROM article
WHERE article.server_id = :server AND article.message_id IN {messages_given} AND {visible}
ORDER BY article.id;

-- name: trashed_by_removal
-- The articles in the trash from one removal.
SELECT {article_columns} FROM {articles_with_version}
WHERE article.server_id = :server AND article.removal_id = :removal_id AND {trashed}
ORDER BY article.id;

-- name: same_removal
-- Trashed by the same removal, or since a time (in other channels, for example).
(removal_id = :removal_id OR removal_id IS NOT NULL AND removed_at > :since);

-- name: keep_removal_longer
-- If several were trashed together.
UPDATE article SET kept_longer_s = :longer_s
WHERE server_id = :server AND {same_removal}
  AND (SELECT count(*) FROM article WHERE server_id = :server AND {same_removal}) > 1;

-- name: withdraw_jobs
-- The pending jobs of deleted messages must not store anything.
DELETE FROM recognized_page WHERE server_id = :server AND job_id IN (
    SELECT id FROM job WHERE server_id = :server AND message_id IN {messages_given});
UPDATE job SET withdrawn = true
WHERE server_id = :server AND message_id IN {messages_given} AND ended_at IS NULL;

-- name: withdraw_similar
UPDATE job SET details = '', data = NULL
WHERE server_id = :server AND message_id IN {messages_given} AND status = 'similar';

-- name: withdrawn_job
-- Also one that another process has taken over, because this one was silent for too long.
SELECT id FROM job
WHERE server_id = :server AND id = :job_id
  AND (withdrawn OR state = 'running' AND owner <> :owner);

-- name: due_article_cards
-- The messages that name an article that was trashed or restored, or is about to be erased.
INSERT INTO due_card (server_id, message_id, channel_id, is_answer)
SELECT server_id, message_id, channel_id, false FROM article_card
WHERE server_id = :server AND article_id = ?
ON CONFLICT DO NOTHING;

-- name: due_answer_cards
-- The messages that show text of an article that is about to be erased, and that were not edited
-- when it was trashed: of answers that cite it, name it, or have a note, which may mention it.
INSERT INTO due_card (server_id, message_id, channel_id, is_answer)
SELECT card.server_id, card.message_id, card.channel_id, true
FROM answer_card AS card JOIN answer ON answer.server_id = :server AND answer.id = card.answer_id
WHERE card.server_id = :server AND answer.id IN (
        SELECT citation.answer_id
        FROM citation JOIN version ON version.server_id = :server AND version.id = citation.version_id
        WHERE citation.server_id = :server AND version.article_id = ?1
        UNION SELECT answer_id FROM answer_nearest WHERE server_id = :server AND article_id = ?1
        UNION SELECT noted.id
              FROM answer_article
                   JOIN answer AS noted ON noted.server_id = :server AND noted.id = answer_id
              WHERE answer_article.server_id = :server AND article_id = ?1
                AND CASE WHEN left(noted.body, 1) = '{' THEN noted.body::json ->> 'note' <> '' END)
  AND NOT EXISTS (
        SELECT 1 FROM jsonb_array_elements_text(
            CASE WHEN left(answer.withheld, 1) = '[' THEN answer.withheld ELSE '[]' END::jsonb)
        WHERE value::bigint = ?1)
ON CONFLICT DO NOTHING;

-- name: due_cards
SELECT channel_id, message_id, is_answer FROM due_card WHERE server_id = :server ORDER BY message_id;

-- name: mark_card_edited
DELETE FROM due_card WHERE server_id = :server AND message_id = ?;

-- name: articles_named_in_message
-- The articles that a message names.
SELECT card.channel_id, card.message_id, card.article_id,
       article.removed_at IS NULL AS is_visible
FROM article_card AS card JOIN article ON article.server_id = :server AND article.id = card.article_id
WHERE card.server_id = :server AND card.message_id = :message_id ORDER BY card.article_id;

-- name: record_erasure
INSERT INTO erasure (server_id, number, kind, id, at) VALUES (:server, :new_id, :kind, :id, :at);

-- name: erasures
SELECT kind, id, at, number FROM erasure WHERE server_id = :server ORDER BY number;

-- name: last_erasure
SELECT coalesce(max(number), 0) AS number FROM erasure WHERE server_id = :server;

-- name: forget_erasures
DELETE FROM erasure WHERE server_id = :server AND at < ?;

-- name: current_settings
-- The last change of each setting.
SELECT DISTINCT ON (name) name, value FROM setting_change
WHERE server_id = :server ORDER BY name, id DESC;

-- name: last_setting
SELECT value FROM setting_change WHERE server_id = :server AND name = :name ORDER BY id DESC LIMIT 1;

-- name: change_setting
INSERT INTO setting_change (server_id, id, at, user_id, user_name, name, value)
VALUES (:server, :new_id, :at, :user_id, :user_name, :name, :value);

-- name: setting_changes
SELECT name, value, user_name, at FROM setting_change
WHERE server_id = :server ORDER BY id DESC LIMIT :limit;

-- name: anonymize_setting_changes
UPDATE setting_change SET user_id = NULL, user_name = ''
WHERE server_id = :server AND user_id = :user_id;

-- name: count_question
-- One more, unless there are :most already.
INSERT INTO question_count (server_id, day, user_id, questions)
SELECT :server, :day::text, :user_id::bigint, 1 WHERE :most > 0
ON CONFLICT (server_id, day, user_id)
DO UPDATE SET questions = question_count.questions + 1 WHERE question_count.questions < :most;

-- name: forget_question_counts
DELETE FROM question_count WHERE server_id = :server AND day < ?;

-- name: forget_question_counts_of
DELETE FROM question_count WHERE server_id = :server AND user_id = :user_id;

-- name: set_aside
-- What was added outside of the library's channels is as if it were in the trash, without a time, as
-- long as they are set (removed_at is minus infinity). :only: of this article; NULL: of all.
UPDATE article SET removed_at = CASE WHEN {is_outside} THEN '-Infinity'::double precision END
WHERE server_id = :server
  AND (removed_at IS NULL AND {is_outside} OR removed_at = '-Infinity' AND NOT {is_outside})
  AND (:only::bigint IS NULL OR id = :only)
RETURNING id;

-- name: is_outside
(article.channel_id IS NOT NULL
 AND EXISTS (SELECT 1 FROM {library_channels})
 AND article.channel_id NOT IN (SELECT value::bigint FROM {library_channels}));

-- name: library_channels
jsonb_array_elements_text(coalesce(
    (SELECT setting_change.value FROM setting_change
     WHERE server_id = :server AND name = 'library_channels' ORDER BY id DESC LIMIT 1), '[]')::jsonb)
AS channel (value);

-- name: waiting
-- Like "visible", for articles that wait for approval.
(:here AND article.id IN (SELECT article_id FROM approval WHERE server_id = :server)
       AND (:everywhere OR article.channel_id IS NULL
            OR article.channel_id IN (SELECT value::bigint FROM jsonb_array_elements_text(:channels::jsonb))));

-- name: await_approval
-- Whoever reads the trash looks for a time.
UPDATE article SET removed_at = 'Infinity' WHERE server_id = :server AND id = :article_id;

-- name: add_approval
INSERT INTO approval (server_id, article_id, asked_at) VALUES (:server, :article_id, :now);

-- name: waiting_articles
SELECT {article_columns}, approval.asked_at, approval.channel_id AS card_channel_id,
       approval.message_id AS card_message_id,
       substr(version.text, 1, :characters::integer) AS beginning
FROM {articles_with_version}
     JOIN approval ON approval.server_id = :server AND approval.article_id = article.id
WHERE article.server_id = :server AND (:article_id::bigint IS NULL OR article.id = :article_id)
  AND {waiting}
ORDER BY article.id;

-- name: is_waiting
SELECT article.id FROM article
WHERE article.server_id = :server AND article.id = :article_id AND {waiting};

-- name: record_approval_card
UPDATE approval SET channel_id = ?, message_id = ? WHERE server_id = :server AND article_id = ?;

-- name: any_approval_cards
SELECT 1 FROM approval
WHERE server_id = :server AND (message_id IN {messages_given} OR channel_id = :channel_id);

-- name: forget_approval_cards
UPDATE approval SET channel_id = NULL, message_id = NULL
WHERE server_id = :server AND (message_id IN {messages_given} OR channel_id = :channel_id);

-- name: approve
UPDATE article SET removed_at = NULL WHERE server_id = :server AND id = :article_id;

-- name: end_approval
DELETE FROM approval WHERE server_id = :server AND article_id = :article_id;

-- name: waiting_from_messages
-- The waiting articles that were made from some messages.
SELECT article.id
FROM article JOIN approval ON approval.server_id = :server AND approval.article_id = article.id
WHERE article.server_id = :server AND article.message_id IN {messages_given} ORDER BY article.id;

-- name: block_address
INSERT INTO blocked_address (server_id, address, blocked_at) VALUES (:server, ?, ?)
ON CONFLICT DO NOTHING;

-- name: unblock_address
DELETE FROM blocked_address WHERE server_id = :server AND address = ?;

-- name: blocked_addresses
SELECT address FROM blocked_address WHERE server_id = :server ORDER BY address COLLATE "C";

-- name: is_blocked
SELECT 1 FROM blocked_address
WHERE server_id = :server
  AND address = ANY (ARRAY(SELECT jsonb_array_elements_text(:prefixes::jsonb))) LIMIT 1;

-- name: answers_of
SELECT * FROM answer WHERE server_id = :server AND asker_id = :user_id ORDER BY id;

-- name: attributed_articles
SELECT id, title, added_at, channel_id,
       coalesce(submitter_id = :user_id, false)::integer AS added_by_you,
       coalesce(message_author_id = :user_id, false)::integer AS written_by_you
FROM article
WHERE server_id = :server AND (submitter_id = :user_id OR message_author_id = :user_id) ORDER BY id;

-- name: articles_added_by
SELECT id FROM article WHERE server_id = :server AND submitter_id = :user_id ORDER BY id;

-- name: ratings_by
SELECT answer_id, kind, given_at FROM feedback
WHERE server_id = :server AND user_id = :user_id ORDER BY given_at, answer_id;

-- name: costs_of
SELECT day, kind, count(*) AS times, sum(prompt_tokens)::bigint AS prompt_tokens,
       sum(completion_tokens)::bigint AS completion_tokens
FROM charge WHERE server_id = :server AND user_id = :user_id GROUP BY day, kind ORDER BY day, kind;

-- name: setting_changes_by
SELECT at, name, value FROM setting_change
WHERE server_id = :server AND user_id = :user_id ORDER BY id;

-- name: question_counts_of
SELECT day, questions FROM question_count
WHERE server_id = :server AND user_id = :user_id ORDER BY day;

-- name: mark_changed_answers
-- The posted answers that cite an article, whose text changes.
INSERT INTO changed_answer (server_id, answer_id)
SELECT DISTINCT citation.server_id, citation.answer_id
FROM citation JOIN version ON version.server_id = :server AND version.id = citation.version_id
WHERE citation.server_id = :server AND version.article_id = ?
  AND citation.answer_id IN (SELECT answer_id FROM answer_card WHERE server_id = :server)
ON CONFLICT DO NOTHING;

-- name: changed_answers
SELECT answer_id FROM changed_answer WHERE server_id = :server ORDER BY answer_id;

-- name: forget_changed_answer
DELETE FROM changed_answer WHERE server_id = :server AND answer_id = ?;

-- The state of a library.

-- name: create_state
INSERT INTO library_state (server_id) VALUES (:server) ON CONFLICT DO NOTHING;

-- name: lock_library
-- Who writes to a library does so alone.
SELECT additions, removals FROM library_state WHERE server_id = :server FOR UPDATE;

-- name: changes
SELECT additions, removals FROM library_state WHERE server_id = :server;

-- name: count_changes
UPDATE library_state SET additions = additions + :additions, removals = removals + :removals
WHERE server_id = :server;

-- name: erase_articles
DELETE FROM article WHERE server_id = :server;

-- name: erase_answers
DELETE FROM answer WHERE server_id = :server;

-- name: erase_jobs
DELETE FROM job WHERE server_id = :server;

-- name: erase_segments
DELETE FROM segment WHERE server_id = :server;

-- name: erase_embedders
DELETE FROM embedder WHERE server_id = :server;

-- name: erase_due_cards
DELETE FROM due_card WHERE server_id = :server;

-- name: erase_charges
DELETE FROM charge WHERE server_id = :server;

-- name: erase_erasures
DELETE FROM erasure WHERE server_id = :server;

-- name: erase_setting_changes
DELETE FROM setting_change WHERE server_id = :server;

-- name: erase_question_counts
DELETE FROM question_count WHERE server_id = :server;

-- name: erase_blocked_addresses
DELETE FROM blocked_address WHERE server_id = :server;

-- name: erase_state
DELETE FROM library_state WHERE server_id = :server;

-- The bot's own data, over all servers.

-- name: mark_used
INSERT INTO library (server_id, used_at) VALUES (?, ?)
ON CONFLICT (server_id) DO UPDATE SET used_at = excluded.used_at;

-- name: libraries
SELECT server_id FROM library ORDER BY used_at DESC, server_id;

-- name: forget_library
DELETE FROM library WHERE server_id = ?;

-- name: get_meta
SELECT value FROM note WHERE key = ?;

-- name: set_meta
INSERT INTO note (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value;

-- name: take_identify_turn
INSERT INTO note (key, value) VALUES ('identify_turn:' || :key::text, :now::float8::text)
ON CONFLICT (key) DO UPDATE SET value = CASE
    WHEN note.value::float8 BETWEEN :now::float8 - :interval_s::float8
                                AND :now::float8 + :most_s::float8
    THEN (note.value::float8 + :interval_s::float8)::text
    ELSE :now::float8::text
END
RETURNING value::float8 AS turn;

-- name: model_profiles
SELECT model, "window", reading_tokens_per_s, writing_tokens_per_s, cites, examined, reasons_first
FROM model_profile WHERE address = :address;

-- name: keep_model_profile
INSERT INTO model_profile (address, model, "window", reading_tokens_per_s, writing_tokens_per_s,
                           cites, examined, reasons_first)
VALUES (:address, :model, :window, :reading_tokens_per_s, :writing_tokens_per_s, :cites, :examined,
        :reasons_first)
ON CONFLICT (address, model) DO UPDATE SET
    "window" = excluded."window", reading_tokens_per_s = excluded.reading_tokens_per_s,
    writing_tokens_per_s = excluded.writing_tokens_per_s, cites = excluded.cites,
    examined = excluded.examined, reasons_first = excluded.reasons_first;

-- name: mark_pending
INSERT INTO library (server_id, used_at, waiting) VALUES (?, ?, true)
ON CONFLICT (server_id) DO UPDATE SET waiting = true WHERE NOT library.waiting;

-- name: clear_pending
UPDATE library SET waiting = false WHERE server_id = ? AND waiting;

-- name: pending_servers
SELECT server_id FROM library WHERE waiting ORDER BY used_at DESC, server_id;

-- name: record_question
INSERT INTO question (
    server_id, event_id, channel_id, message_id, asker_id, private, question, article, tag, since,
    interrupted, adds, asked_at
) VALUES (
    :server_id, :event_id, :channel_id, :message_id, :asker_id, :private, :question, :article, :tag,
    :since, :interrupted, :adds, :asked_at
)
ON CONFLICT (server_id, event_id) DO UPDATE
SET message_id = excluded.message_id, question = excluded.question,
    interrupted = excluded.interrupted;

-- name: drop_question
DELETE FROM question WHERE event_id = :event_id;

-- name: drop_questions
DELETE FROM question WHERE server_id = ?;

-- name: drop_questions_of
DELETE FROM question WHERE asker_id = ?;

-- name: forget_old_questions
DELETE FROM question WHERE asked_at < ?;

-- name: questions
SELECT event_id, server_id, channel_id, message_id, asker_id, private, question, article, tag,
    since, interrupted, adds
FROM question ORDER BY event_id;

-- name: mark_joined
INSERT INTO membership (server_id, application_id) VALUES (?, ?)
ON CONFLICT (server_id) DO UPDATE SET application_id = excluded.application_id, left_at = NULL;

-- name: mark_left
-- Does nothing if it is known already, or if another application is in that server.
INSERT INTO membership (server_id, application_id, left_at)
VALUES (:server_id, :application_id, :left_at)
ON CONFLICT (server_id) DO UPDATE SET left_at = excluded.left_at
WHERE membership.left_at IS NULL AND membership.application_id = excluded.application_id;

-- name: memberships
SELECT server_id, application_id, left_at FROM membership ORDER BY server_id;

-- name: forget_membership
DELETE FROM membership WHERE server_id = ?;

-- name: record_erased_library
INSERT INTO erased_library (server_id, at) VALUES (?, ?) ON CONFLICT DO NOTHING;

-- name: forget_erased_libraries
DELETE FROM erased_library WHERE at < ?;

-- Leases.

-- name: take_lease
-- A lease that is free, or that its owner has not renewed in time, or that is its owner's own.
INSERT INTO lease (kind, name, owner, until) VALUES (:kind, :name, :owner, :until)
ON CONFLICT (kind, name) DO UPDATE SET owner = excluded.owner, until = excluded.until
WHERE lease.until <= :clock OR lease.owner = excluded.owner;

-- name: renew_leases
-- Of the given ones; also one that has ended, if nobody else has taken it meanwhile.
UPDATE lease SET until = :until
WHERE owner = :owner
  AND (kind, name) IN (SELECT value ->> 0, value ->> 1 FROM jsonb_array_elements(:leases::jsonb))
RETURNING kind, name;

-- name: current_leases
SELECT kind, name FROM lease WHERE owner = :owner AND until > :clock ORDER BY kind, name;

-- name: member_leases
-- Who shares the shards, by age, and which shards have somebody.
SELECT kind, name FROM lease WHERE kind IN ('member', 'shard') AND until > :clock
ORDER BY kind, name;

-- name: drop_lease
DELETE FROM lease WHERE kind = :kind AND name = :name AND owner = :owner;

-- name: lease_owners
SELECT DISTINCT owner FROM lease;

-- name: drop_leases_of
DELETE FROM lease WHERE owner = ?;

-- name: drop_leases
DELETE FROM lease WHERE owner = :owner;
