-- Every query of the store, by name. {visible} is replaced by the fragment of that name, and so are
-- the other fragments. A query that reads articles contains {visible} and takes the scope as :here
-- (0 for a scope of another server), :everywhere (0 or 1) and :channels (a JSON list of ids).

-- name: visible
(:here AND article.removed_at IS NULL
       AND (:everywhere OR article.channel_id IS NULL
            OR article.channel_id IN (SELECT value FROM json_each(:channels))));

-- name: trashed
-- Like "visible", for articles in the trash, without those that wait for approval or are set aside.
(:here AND article.removed_at > -9e999 AND article.removed_at < 9e999
       AND (:everywhere OR article.channel_id IS NULL
            OR article.channel_id IN (SELECT value FROM json_each(:channels))));

-- name: matches
-- Whether an article matches a filter: :only (NULL or a JSON list of ids), :part of the title,
-- :tag, :submitter_id, :since and :until (days), :read_before (NULL or a version of the reader).
((:part = '' OR instr(lower(article.title), lower(:part)) > 0)
 AND (:tag = '' OR EXISTS (SELECT 1 FROM tag WHERE tag.article_id = article.id AND tag.name = :tag))
 AND (:only IS NULL OR article.id IN (SELECT value FROM json_each(:only)))
 AND (:submitter_id IS NULL OR article.submitter_id = :submitter_id)
 AND (:since = '' OR coalesce(article.last_day, article.added_at) >= :since)
 AND (:until = '' OR substr(coalesce(article.first_day, article.added_at), 1, length(:until)) <= :until)
 AND (:read_before IS NULL OR EXISTS (SELECT 1 FROM version AS newest
                                      WHERE newest.id = article.version_id
                                        AND newest.reader < :read_before)));

-- name: article_columns
-- The columns of an Article record.
article.*, version.number AS version, version.characters, version.notes, version.hash, version.reader,
(SELECT count(*) FROM passage WHERE passage.version_id = version.id) AS passages,
(SELECT json_group_array(tag.name) FROM tag WHERE tag.article_id = article.id) AS tags;

-- name: add_article
INSERT INTO article (title, url, author, published, date_kind, date_source, language, source,
                     channel_id, submitter_id,
                     submitter_name, added_at, address, etag, last_modified, message_id,
                     message_author_id)
VALUES (:title, :url, :author, :published, :date_kind, :date_source, :language, :source,
        :channel_id, :submitter_id,
        :submitter_name, :now, :address, :etag, :last_modified, :message_id,
        :message_author_id);

-- name: update_article
-- A new version changes the date, author and language if it has its own.
UPDATE article SET author = coalesce(:author, author), published = coalesce(:published, published),
                   date_kind = iif(:published IS NULL, date_kind, :date_kind),
                   date_source = iif(:published IS NULL, date_source, :date_source),
                   language = coalesce(:language, language), url = coalesce(:url, url),
                   title = :title
WHERE id = :article_id;

-- name: record_page_check
-- The HTTP validators of the page when it was last checked.
UPDATE article SET address = :address, etag = :etag, last_modified = :last_modified
WHERE id = :article_id;

-- name: add_version
INSERT INTO version (article_id, number, text, hash, characters, cleaner, splitter, reader, tokens,
                     notes, original, created_at, blocks, page_unit, by_ocr)
VALUES (:article_id, :number, :text, :hash, :characters, :cleaner, :splitter, :reader, :tokens,
        :notes, :original, :now, :blocks, :page_unit, :by_ocr);

-- name: reread_version
-- The same text, read again by newer code.
UPDATE version SET cleaner = :cleaner, splitter = :splitter, reader = :reader, tokens = :tokens,
                   notes = :notes, original = :original, blocks = :blocks, page_unit = :page_unit,
                   by_ocr = :by_ocr
WHERE id = :version_id;

-- name: drop_passages
-- With their sentences, vectors and tokens. Citations are of the version, not of passages.
DELETE FROM passage WHERE version_id = ?;

-- name: set_newest
UPDATE article SET version_id = :version_id WHERE id = :article_id;

-- name: add_passage
INSERT INTO passage (article_id, version_id, position, start, end, tokens, heading, page, text)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: passage_ids
SELECT id FROM passage WHERE version_id = ? ORDER BY position;

-- name: add_sentence
INSERT INTO sentence (passage_id, position, start, end, page, kind) VALUES (?, ?, ?, ?, ?, ?);

-- name: add_embedder
INSERT INTO embedder (model, dimension) VALUES (?, ?) ON CONFLICT DO NOTHING;

-- name: embedder_id
SELECT id FROM embedder WHERE model = ? AND dimension = ?;

-- name: add_vector
INSERT INTO vector (passage_id, embedder_id, data) VALUES (?, ?, ?);

-- name: same_text
-- The article whose newest text has this hash.
SELECT article.id FROM version JOIN article ON article.id = version.article_id
                                       AND article.version_id = version.id
WHERE version.hash = :hash
  AND {visible}
ORDER BY article.id LIMIT 1;

-- name: same_original
-- The article that an older reader made of the same file or text.
SELECT article.id FROM version JOIN article ON article.id = version.article_id
                                       AND article.version_id = version.id
WHERE version.original = :original AND version.reader < :read_before AND {visible}
ORDER BY article.id LIMIT 1;

-- name: articles
-- Newest first, unless :sort says otherwise.
SELECT {article_columns}
FROM article JOIN version ON version.id = article.version_id
WHERE {visible} AND {matches}
ORDER BY CASE :sort WHEN 'published' THEN coalesce(article.first_day, '')
                    WHEN 'longest' THEN printf('%012d', version.characters) ELSE '' END DESC,
         CASE :sort WHEN 'title' THEN article.title ELSE '' END COLLATE NOCASE,
         CASE :sort WHEN 'oldest' THEN article.id ELSE 0 END,
         article.id DESC LIMIT :limit OFFSET :offset;

-- name: one_article
SELECT {article_columns}
FROM article JOIN version ON version.id = article.version_id
WHERE article.id = :article_id AND {visible};

-- name: any_article
-- Within the transaction that stored it: it may wait for approval.
SELECT {article_columns}
FROM article JOIN version ON version.id = article.version_id
WHERE article.id = :article_id AND :here;

-- name: visible_or_trashed
-- An article, whether or not it is in the trash.
SELECT article.id FROM article
WHERE article.id = :article_id AND ({visible} OR {trashed});

-- name: trashed_article
SELECT {article_columns}
FROM article JOIN version ON version.id = article.version_id
WHERE article.id = :article_id AND {trashed};

-- name: find_by_address
-- The article that was fetched from one of the :addresses.
SELECT {article_columns}
FROM article JOIN version ON version.id = article.version_id
WHERE article.address IN (SELECT value FROM json_each(:addresses)) AND {visible}
ORDER BY article.id LIMIT 1;

-- name: with_url
-- Every article that was fetched from an address.
SELECT article.id FROM article WHERE article.address IS NOT NULL AND {visible} ORDER BY article.id;

-- name: on_card
-- The articles that the bot's message :message_id was posted about.
SELECT article.id FROM article
WHERE article.message_link LIKE '%/' || :message_id AND {visible} ORDER BY article.id;

-- name: ids_matching
-- The ids of the articles that match a filter.
SELECT article.id FROM article WHERE {visible} AND {matches};

-- name: search_titles
-- Articles whose title contains :part, for autocomplete.
SELECT {article_columns}
FROM article JOIN version ON version.id = article.version_id
WHERE instr(lower(article.title), lower(:part)) > 0
  AND {visible}
ORDER BY article.id DESC LIMIT :limit;

-- name: channels
-- The channels where a scope's articles were added.
SELECT DISTINCT article.channel_id FROM article WHERE article.channel_id IS NOT NULL AND {visible};

-- name: totals
SELECT count(*) AS articles, coalesce(sum(
    (SELECT count(*) FROM passage WHERE passage.version_id = article.version_id)), 0) AS passages
FROM article
WHERE {visible} AND {matches};

-- name: count_articles
-- The number of articles, including those in the trash.
SELECT count(*) AS articles FROM article;

-- name: version_text
SELECT version.number, version.text FROM version JOIN article ON article.id = version.article_id
WHERE article.id = :article_id AND version.number = :number AND {visible};

-- name: history
SELECT version.number, version.created_at, version.hash
FROM version JOIN article ON article.id = version.article_id
WHERE article.id = :article_id AND {visible} ORDER BY version.number;

-- name: passages
-- The columns are in the order of StoredPassage's fields. The sentences are included, as JSON, so
-- that one statement reads a consistent passage.
SELECT passage.id, passage.article_id, passage.version_id, version.number AS version,
       article.title, article.url, article.author, article.published, article.submitter_id,
       article.submitter_name, article.channel_id, article.added_at, passage.position,
       passage.start, passage.end, passage.page, passage.heading, passage.text,
       (SELECT json_group_array(json_array(start, end, page, coalesce(kind, 'paragraph')))
        FROM (SELECT start, end, page, kind FROM sentence
              WHERE sentence.passage_id = passage.id ORDER BY position)) AS sentences,
       passage_tokens.data AS tokens_data, version.page_unit, version.by_ocr
FROM passage JOIN version ON version.id = passage.version_id
             JOIN article ON article.id = passage.article_id
             LEFT JOIN passage_tokens ON passage_tokens.passage_id = passage.id
WHERE passage.id IN (SELECT value FROM json_each(:ids))
  AND {visible};

-- name: version_blocks
SELECT version.id, version.blocks FROM version JOIN article ON article.id = version.article_id
WHERE version.id IN (SELECT value FROM json_each(:ids)) AND {visible};

-- name: passage_ids_at
-- The passage at each offset of a version: pairs of a version's id and an offset, as JSON.
SELECT place.version_id, place.start, passage.id
FROM (SELECT json_extract(value, '$[0]') AS version_id, json_extract(value, '$[1]') AS start
      FROM json_each(:places)) AS place
     JOIN passage ON passage.version_id = place.version_id
                 AND passage.start <= place.start AND passage.end > place.start
     JOIN article ON article.id = passage.article_id
WHERE {visible};

-- name: passages_of
SELECT passage.id FROM article JOIN passage ON passage.version_id = article.version_id
WHERE article.id = :article_id AND {visible} ORDER BY passage.position;

-- name: openings
-- The first passage of each of some articles.
SELECT passage.id FROM article JOIN passage ON passage.version_id = article.version_id
WHERE article.id IN (SELECT value FROM json_each(:ids)) AND passage.position = 0 AND {visible};

-- name: erase_article
DELETE FROM article WHERE id = ?;

-- name: drop_vectors
-- Those of an article's newest version, before a new one replaces it: old ones aren't searched.
DELETE FROM vector WHERE passage_id IN (
    SELECT passage.id FROM article JOIN passage ON passage.version_id = article.version_id
    WHERE article.id = ?);

-- name: retire_version
-- Before a newer one takes its place: its tokens are not needed any more.
UPDATE version SET tokens = NULL WHERE id = (SELECT version_id FROM article WHERE id = ?);

-- name: set_tokens
UPDATE version SET tokens = :tokens
WHERE id = (SELECT version_id FROM article WHERE id = :article_id);

-- name: outdated_versions
-- The newest versions whose tokens another version of the code made.
(SELECT id FROM version WHERE tokens < :tokens OR tokens > :tokens);

-- name: count_outdated
SELECT count(*) AS articles FROM version WHERE tokens < :tokens OR tokens > :tokens;

-- name: outdated_articles
-- By rising passages, with the number of these.
SELECT passage.article_id, (SELECT count(*) FROM passage AS other
                            WHERE other.version_id = passage.version_id) AS passages
FROM passage WHERE position = 0 AND version_id IN {outdated_versions}
ORDER BY id LIMIT :limit;

-- name: outdated_article
SELECT id FROM article WHERE id = :article_id AND version_id IN {outdated_versions};

-- name: newer_tokens
SELECT id FROM version
WHERE id = (SELECT version_id FROM article WHERE id = :article_id) AND tokens > :tokens;

-- name: set_all_tokens
-- Of versions without a passage.
UPDATE version SET tokens = :tokens WHERE tokens < :tokens OR tokens > :tokens;

-- name: outdated_segments
SELECT id FROM segment
WHERE tokens_version <> :tokens AND first <= :last AND last >= :first ORDER BY first;

-- name: postings_after
-- Some terms of a segment.
SELECT segment_id, term, data FROM posting
WHERE segment_id = :segment_id AND term > :after ORDER BY term LIMIT :limit;

-- name: drop_some_postings
DELETE FROM posting WHERE segment_id = :segment_id AND term IN (
    SELECT term FROM posting WHERE segment_id = :segment_id LIMIT :limit);

-- name: drop_segment
DELETE FROM segment WHERE id = :segment_id;

-- name: count_segments
SELECT count(*) AS segments FROM segment;

-- name: passages_of_article
-- Of all its versions.
SELECT id FROM passage WHERE article_id = ?;

-- name: add_passage_tokens
INSERT INTO passage_tokens (passage_id, data) VALUES (?, ?);

-- name: drop_passage_tokens
-- As drop_vectors.
DELETE FROM passage_tokens WHERE passage_id IN (
    SELECT passage.id FROM article JOIN passage ON passage.version_id = article.version_id
    WHERE article.id = ?);

-- name: set_trashed
UPDATE article SET removed_at = :removed_at, removal_id = :removal_id, kept_longer_s = 0
WHERE id = :article_id;

-- name: trashed_before
SELECT id FROM article WHERE removed_at < :before AND removed_at + kept_longer_s < :before
                         AND removed_at > -9e999;

-- name: count_trashed
SELECT count(*) AS articles FROM article WHERE removed_at IS NOT NULL;

-- name: rename
UPDATE article SET title = :title WHERE id = :article_id;

-- name: set_message_link
UPDATE article SET message_link = ? WHERE id = ?;

-- name: drop_tags
DELETE FROM tag WHERE article_id = ?;

-- name: add_tag
INSERT INTO tag (article_id, name) VALUES (?, ?) ON CONFLICT DO NOTHING;

-- name: tags
-- The tags in a scope with their number of articles, the most used first.
SELECT tag.name, count(*) AS articles FROM tag JOIN article ON article.id = tag.article_id
WHERE {visible} GROUP BY tag.name ORDER BY articles DESC, tag.name;

-- name: submitters
-- Who added how many of the articles that match a filter.
SELECT max(article.submitter_name) AS name, count(*) AS articles
FROM article WHERE {visible} AND {matches} GROUP BY article.submitter_id ORDER BY articles DESC, name;

-- name: add_minhash
INSERT INTO minhash (version_id, scheme, data) VALUES (?, ?, ?);

-- name: add_minhash_band
INSERT INTO minhash_band (version_id, band_key) VALUES (?, ?);

-- name: drop_minhash_bands
-- As drop_vectors.
DELETE FROM minhash_band WHERE version_id = (SELECT version_id FROM article WHERE id = ?);

-- name: similar_minhashes
-- The signatures of the newest versions in a scope that have one of some bands (:keys).
SELECT article.id, minhash.data
FROM minhash JOIN version ON version.id = minhash.version_id
             JOIN article ON article.id = version.article_id AND article.version_id = version.id
WHERE minhash.version_id IN (SELECT version_id FROM minhash_band
                             WHERE band_key IN (SELECT value FROM json_each(:keys)))
  AND minhash.scheme = :scheme AND {visible} ORDER BY article.id;

-- name: blanked
-- Removes an answer's text. Its footnotes still open.
question = '', standalone = '', body = '', waits = 0;

-- name: blank_answers
-- Blanks the answers that depend on an erased article; their other footnotes still open.
UPDATE answer SET {blanked}
WHERE id IN (SELECT answer_id FROM answer_article WHERE article_id = ?);

-- name: drop_dependencies
-- After "blank_answers": a blank answer needs no dependencies.
DELETE FROM answer_article WHERE article_id = ?;

-- name: drop_orphan_answers
-- Blank answers that have no citation left.
DELETE FROM answer WHERE body = '' AND id NOT IN (SELECT answer_id FROM citation);

-- name: add_answer
INSERT INTO answer (asker_id, channel_id, given_at, event_id, private, question, standalone, body,
                    waits)
VALUES (:asker_id, :channel_id, :now, :event_id, :private, :question, :standalone, :body, :waits);

-- name: answer_of_event
SELECT id FROM answer WHERE event_id = :event_id;

-- name: add_dependency
INSERT INTO answer_article (answer_id, article_id) VALUES (?, ?);

-- name: add_dependency_channels
-- The channels of a scope's articles: an answer that counted over the scope depends on them all.
INSERT INTO answer_scope (answer_id, channel_id)
SELECT DISTINCT :answer_id, article.channel_id FROM article
WHERE article.channel_id IS NOT NULL AND {visible};

-- name: copy_dependencies
INSERT OR IGNORE INTO answer_article (answer_id, article_id)
SELECT :answer_id, article_id FROM answer_article WHERE answer_id = :repeats;

-- name: copy_dependency_channels
INSERT OR IGNORE INTO answer_scope (answer_id, channel_id)
SELECT :answer_id, channel_id FROM answer_scope WHERE answer_id = :repeats;

-- name: erased_dependencies
-- The articles that an answer depends on and that no longer exist.
SELECT article_id FROM answer_article
WHERE answer_id = ? AND article_id NOT IN (SELECT id FROM article);

-- name: blank_late_answer
-- An answer whose article was erased while it was being written.
UPDATE answer SET {blanked} WHERE id = ?;

-- name: drop_citations
DELETE FROM citation WHERE answer_id = ?;

-- name: answer_visible
-- Whether a scope shows every article that an answer depends on; an erased one is never shown.
(:here AND NOT EXISTS (
    SELECT 1 FROM answer_article LEFT JOIN article ON article.id = answer_article.article_id
    WHERE answer_article.answer_id = answer.id AND (article.id IS NULL OR NOT {visible}))
 AND (:everywhere OR NOT EXISTS (
    SELECT 1 FROM answer_scope
    WHERE answer_scope.answer_id = answer.id
      AND answer_scope.channel_id NOT IN (SELECT value FROM json_each(:channels)))));

-- name: visible_answer
SELECT * FROM answer WHERE id = :answer_id AND {answer_visible};

-- name: last_answer_of
SELECT * FROM answer WHERE asker_id = :asker_id AND body <> '' AND {answer_visible}
ORDER BY id DESC LIMIT 1;

-- name: last_turns
-- The latest public answers in a channel or thread, newest first.
SELECT * FROM answer WHERE channel_id = :channel_id AND NOT private AND question <> '' AND {answer_visible}
ORDER BY id DESC LIMIT :limit;

-- name: unanswered
-- The newest questions that wait for an article that answers them.
SELECT * FROM answer WHERE waits AND {answer_visible} ORDER BY id DESC LIMIT :limit;

-- name: mark_notified
UPDATE answer SET waits = 0, alert_article_id = NULL WHERE id = ? AND waits;

-- name: record_alert
UPDATE answer SET alert_article_id = :article_id WHERE id = :answer_id AND waits;

-- name: undelivered_alerts
SELECT id, alert_article_id FROM answer WHERE waits AND alert_article_id IS NOT NULL;

-- name: rate_answer
-- Does nothing if the answer no longer exists.
INSERT INTO feedback (answer_id, user_id, kind, given_at)
SELECT id, ?2, ?3, ?4 FROM answer WHERE id = ?1
ON CONFLICT (answer_id, user_id) DO UPDATE SET kind = excluded.kind, given_at = excluded.given_at;

-- name: ratings
-- The ratings of the answers that a scope shows.
SELECT kind, count(*) AS ratings FROM feedback JOIN answer ON answer.id = feedback.answer_id
WHERE {answer_visible} GROUP BY kind ORDER BY kind;

-- name: ratings_of
SELECT kind, count(*) AS ratings FROM feedback WHERE answer_id = ? GROUP BY kind;

-- name: is_shown_question
-- A public question of a channel that may be shown, or the operator's (0) own in the terminal.
(:all_asked AND answer.asker_id = 0
 OR NOT answer.private
    AND (:all_asked OR answer.channel_id IN (SELECT value FROM json_each(:asked_in))));

-- name: is_unanswered
-- It was a question to the library, and had no answer.
(json_valid(answer.body) AND answer.body <> '' AND NOT json_extract(answer.body, '$.answered')
 AND json_extract(answer.body, '$.mode') <> 'help');

-- name: keep_case
-- Does nothing if the answer changed while its case was made, or if the bad ratings are gone.
INSERT INTO feedback_case (answer_id, kept_at, details)
SELECT id, :now, :details FROM answer
WHERE id = :answer_id AND body = :body AND body <> ''
  AND EXISTS (SELECT 1 FROM feedback WHERE feedback.answer_id = answer.id AND kind <> 'helpful')
ON CONFLICT DO NOTHING;

-- name: bad_answers
SELECT answer.*, feedback_case.details,
       (SELECT json_group_object(kind, number)
        FROM (SELECT kind, count(*) AS number FROM feedback
              WHERE feedback.answer_id = answer.id GROUP BY kind)) AS ratings
FROM answer LEFT JOIN feedback_case ON feedback_case.answer_id = answer.id
WHERE answer.body <> '' AND {is_shown_question} AND {answer_visible}
  AND EXISTS (SELECT 1 FROM feedback
              WHERE feedback.answer_id = answer.id AND kind <> 'helpful')
ORDER BY answer.id DESC LIMIT :limit;

-- name: unanswered_questions
SELECT answer.* FROM answer
WHERE {is_unanswered} AND {is_shown_question} AND {answer_visible}
ORDER BY answer.id DESC LIMIT :limit;

-- name: private_counts
SELECT count(*) FILTER (
           WHERE EXISTS (SELECT 1 FROM feedback
                         WHERE feedback.answer_id = answer.id AND kind <> 'helpful')) AS bad,
       count(*) FILTER (WHERE {is_unanswered}) AS unanswered
FROM answer WHERE {answer_visible} AND private AND asker_id <> 0 AND body <> '';

-- name: citation_counts
-- A list of articles is no answer from their text.
SELECT article.id, count(DISTINCT answer.id) AS answers
FROM article LEFT JOIN version ON version.article_id = article.id
     LEFT JOIN citation ON citation.version_id = version.id
     LEFT JOIN answer ON answer.id = citation.answer_id
         AND iif(json_valid(answer.body), json_extract(answer.body, '$.mode'), '') IS NOT 'library'
WHERE {visible} GROUP BY article.id ORDER BY article.id;

-- name: forget_answers
-- Blanks answers from before a time, and forgets who asked: except where an answer is shown in a
-- direct message, which can be edited only by way of its reader.
UPDATE answer SET {blanked}, event_id = NULL, asker_id = iif({shown_directly}, asker_id, NULL)
WHERE given_at < :before
  AND (question <> '' OR body <> '' OR standalone <> '' OR event_id IS NOT NULL OR asker_id IS NOT NULL)
  AND (question <> '' OR body <> '' OR standalone <> '' OR event_id IS NOT NULL OR NOT {shown_directly});

-- name: shown_directly
(private AND EXISTS (SELECT 1 FROM answer_card WHERE answer_card.answer_id = answer.id));

-- name: forget_channel
UPDATE answer SET {blanked} WHERE channel_id = ?;

-- name: add_citation
-- Does nothing if the version was erased while the answer was being written.
INSERT INTO citation (answer_id, n, version_id, start, end)
SELECT ?, ?, id, ?, ? FROM version WHERE id = ?;

-- name: cited_passage
-- One footnote of an answer, with the passage around it.
SELECT citation.n, citation.version_id, citation.start, citation.end,
       substr(version.text, citation.start + 1, citation.end - citation.start) AS quote,
       passage.text AS passage_text, passage.start AS passage_start, passage.heading,
       coalesce((SELECT page FROM sentence WHERE sentence.passage_id = passage.id
                 AND sentence.start <= citation.start ORDER BY position DESC LIMIT 1),
                passage.page) AS page,
       version.number AS version, version.page_unit, version.by_ocr,
       article.id AS article_id, article.title, article.url,
       article.published, article.channel_id, article.submitter_id, article.submitter_name,
       article.added_at,
       (SELECT count(*) FROM citation AS other WHERE other.answer_id = citation.answer_id) AS footnotes
FROM citation JOIN version ON version.id = citation.version_id
              JOIN article ON article.id = version.article_id
              JOIN passage ON passage.version_id = version.id
                          AND passage.start <= citation.start AND citation.start < passage.end
WHERE citation.answer_id = :answer_id AND citation.n = :n
  AND {visible};

-- name: mark_used
INSERT INTO library (server_id, used_at) VALUES (?, ?)
ON CONFLICT (server_id) DO UPDATE SET used_at = excluded.used_at;

-- name: libraries
SELECT server_id FROM library ORDER BY used_at DESC;

-- name: forget_library
DELETE FROM library WHERE server_id = ?;

-- name: get_meta
SELECT value FROM note WHERE key = ?;

-- name: set_meta
INSERT INTO note (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value;

-- name: take_identify_turn
INSERT INTO note (key, value) VALUES ('identify_turn:' || :key, :now)
ON CONFLICT (key) DO UPDATE SET value = CASE
    WHEN CAST(value AS REAL) BETWEEN :now - :interval_s AND :now + :most_s
    THEN CAST(value AS REAL) + :interval_s
    ELSE :now
END
RETURNING CAST(value AS REAL) AS turn;

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

-- name: add_segment
INSERT INTO segment (level, tokens_version, first, last) VALUES (?, ?, ?, ?);

-- name: add_posting
INSERT INTO posting (segment_id, term, data) VALUES (?, ?, ?);

-- name: segments_of_level
SELECT id, first, last FROM segment
WHERE level = :level AND tokens_version = :tokens ORDER BY first;

-- name: postings_of_level
SELECT segment.id AS segment_id, segment.first, segment.last, posting.term, posting.data
FROM segment CROSS JOIN posting ON posting.segment_id = segment.id
WHERE segment.level = :level AND segment.tokens_version = :tokens;

-- name: drop_level
DELETE FROM segment WHERE level = :level AND tokens_version = :tokens;

-- name: postings_between
-- The postings of some terms in the segments that overlap the passages :first to :last.
SELECT posting.segment_id, posting.term, posting.data
FROM segment CROSS JOIN posting ON posting.segment_id = segment.id
WHERE segment.first <= :last AND segment.last >= :first AND segment.tokens_version = :tokens
  AND posting.term IN (SELECT value FROM json_each(:terms));

-- name: title_segment
-- The first passage of an article's newest version, where its title is indexed, and its segment.
SELECT passage.id, segment.id FROM article JOIN passage ON passage.version_id = article.version_id
JOIN segment ON segment.first <= passage.id AND passage.id <= segment.last
            AND segment.tokens_version = :tokens
WHERE article.id = :article_id ORDER BY passage.position, segment.id DESC LIMIT 1;

-- name: set_posting
UPDATE posting SET data = ? WHERE segment_id = ? AND term = ?;

-- name: drop_posting
DELETE FROM posting WHERE segment_id = ? AND term = ?;

-- name: drop_empty_segments
DELETE FROM segment WHERE NOT EXISTS (SELECT 1 FROM posting WHERE posting.segment_id = segment.id);

-- name: article_texts
-- The sentences of an article's newest version, with their offsets in the passage.
SELECT passage.id, passage.position, passage.text, article.title,
       sentence.start - passage.start AS start, sentence.end - passage.start AS end
FROM article JOIN passage ON passage.version_id = article.version_id
             JOIN sentence ON sentence.passage_id = passage.id
WHERE article.id = :article_id ORDER BY passage.id, sentence.position;

-- name: postings
-- The postings of some terms, unordered: sorting would make SQLite copy them all. While tokens are
-- made again, by rising passage, an outdated segment serves only the passages still to come.
WITH outdated AS MATERIALIZED (
    SELECT tokens_version, coalesce(
        (SELECT min(passage.id) FROM version
         JOIN passage ON passage.version_id = version.id AND passage.position = 0
         WHERE version.tokens = tokens_version), :none) AS serves_from
    FROM (SELECT DISTINCT tokens_version FROM segment WHERE tokens_version <> :tokens))
SELECT segment.id AS segment_id, segment.first, segment.last, posting.term, posting.data,
       coalesce(outdated.serves_from, 0) AS serves_from
FROM segment CROSS JOIN posting ON posting.segment_id = segment.id
             LEFT JOIN outdated ON outdated.tokens_version = segment.tokens_version
WHERE posting.term IN (SELECT value FROM json_each(:terms));

-- name: passage_table
-- The passages of the newest versions after an id, for the cached passage table.
SELECT passage.id, passage.article_id, passage.position, passage.tokens,
       coalesce(article.channel_id, 0) AS channel_id, length(article.title) AS title_length
FROM passage INDEXED BY passage_catalogue
     CROSS JOIN article ON article.id = passage.article_id
                       AND article.version_id = passage.version_id
                       AND article.removed_at IS NULL
WHERE passage.id > :after ORDER BY passage.id;

-- name: changed_passages
-- The same, and what some articles (:ids) have now up to that id. Unordered, of one moment.
SELECT passage.id, passage.article_id, passage.position, passage.tokens,
       coalesce(article.channel_id, 0) AS channel_id, length(article.title) AS title_length
FROM passage INDEXED BY passage_catalogue
     CROSS JOIN article ON article.id = passage.article_id
                       AND article.version_id = passage.version_id
                       AND article.removed_at IS NULL
WHERE passage.id > :after
UNION ALL
SELECT passage.id, passage.article_id, passage.position, passage.tokens,
       coalesce(article.channel_id, 0) AS channel_id, length(article.title) AS title_length
FROM article CROSS JOIN passage ON passage.version_id = article.version_id
WHERE article.id IN (SELECT value FROM json_each(:ids)) AND article.removed_at IS NULL
  AND passage.id <= :after;

-- name: vectors_after
-- One embedder's vectors after a passage id, including those of old versions.
SELECT vector.passage_id AS id, vector.data
FROM embedder CROSS JOIN vector ON vector.embedder_id = embedder.id
WHERE embedder.model = :model AND embedder.dimension = :dimension
  AND vector.passage_id > :after ORDER BY vector.passage_id LIMIT :limit;

-- name: most_vectors_after
-- The same, for when most vectors are this embedder's: scans the table (the plus avoids the index),
-- 100,000 in .12 s instead of .16. It passes over all other vectors, so not for a few new ones.
SELECT vector.passage_id AS id, vector.data
FROM embedder CROSS JOIN vector ON +vector.embedder_id = embedder.id
WHERE embedder.model = :model AND embedder.dimension = :dimension
  AND vector.passage_id > :after ORDER BY vector.passage_id LIMIT :limit;

-- name: mark_pending
INSERT INTO library (server_id, used_at, waiting) VALUES (?, ?, 1)
ON CONFLICT (server_id) DO UPDATE SET waiting = 1 WHERE NOT waiting;

-- name: clear_pending
UPDATE library SET waiting = 0 WHERE server_id = ? AND waiting;

-- name: pending_servers
SELECT server_id FROM library WHERE waiting ORDER BY used_at DESC;

-- name: record_question
INSERT INTO question (
    event_id, server_id, channel_id, message_id, asker_id, private, question, article, tag, since,
    interrupted, adds, asked_at
) VALUES (
    :event_id, :server_id, :channel_id, :message_id, :asker_id, :private, :question, :article, :tag,
    :since, :interrupted, :adds, :asked_at
)
ON CONFLICT (event_id) DO UPDATE
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

-- name: job
-- Without the payload.
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

-- name: queue_attached
-- Does nothing for a file that is queued already. If the mail's message was deleted meanwhile, the
-- file must not be stored either.
INSERT INTO job (event_id, submitter_id, not_before, details, is_text, data, message_id,
                 attached_to, name, withdrawn)
SELECT :event_id, :submitter_id, not_before, :details, :is_text, :data, :message_id, id, :name,
       withdrawn
FROM job WHERE id = :job_id
ON CONFLICT (event_id) DO NOTHING;

-- name: show_attached
-- On the card that shows the mail, until it shows how they ended.
INSERT INTO job_card (job_id, channel_id, message_id, name)
SELECT attached.id, card.channel_id, card.message_id, attached.name
FROM job AS attached JOIN job_card AS card ON card.job_id = attached.attached_to
WHERE attached.attached_to = ?
ON CONFLICT (job_id) DO NOTHING;

-- name: attached_jobs
SELECT id, name FROM job WHERE attached_to = ? ORDER BY id;

-- name: add_status_message
INSERT INTO job_card (job_id, channel_id, message_id, name) VALUES (?, ?, ?, ?);

-- name: undisplayed_jobs
SELECT job_id, channel_id, message_id, name FROM job_card ORDER BY job_id;

-- name: mark_jobs_displayed
DELETE FROM job_card WHERE job_id IN (SELECT value FROM json_each(?));

-- name: claim_job
UPDATE job SET state = 'running'
WHERE id = (SELECT id FROM job WHERE ended_at IS NULL AND state = 'queued' AND not_before <= :now
            ORDER BY id LIMIT 1)
RETURNING *;

-- name: requeue_orphans
-- Running jobs whose worker died, or could not store their result.
UPDATE job SET state = 'queued', interrupted = interrupted + 1
WHERE ended_at IS NULL AND state = 'running' AND id NOT IN (SELECT value FROM json_each(:leased));

-- name: release_job
UPDATE job SET state = 'queued' WHERE id = ? AND state = 'running';

-- name: retry_job_later
UPDATE job SET state = 'queued', not_before = :until, failures = failures + 1,
               code = :code, reason = :reason
WHERE id = :id AND state = 'running';

-- name: finish_job
-- Does nothing if the job has ended already. An erased article is not referenced. The payload of a
-- "similar" submission stays for a day: its submitter may still want it stored, unless its message
-- was deleted meanwhile.
UPDATE job SET state = :state, ended_at = :now, status = :status, code = :code, reason = :reason,
               article_id = (SELECT id FROM article WHERE id = :article_id),
               details = iif(:status = 'similar' AND NOT withdrawn, details, ''),
               data = iif(:status = 'similar' AND NOT withdrawn, data, NULL)
WHERE id = :id AND ended_at IS NULL;

-- name: keep_similar
-- Stores a submission after all that was nearly the same as another article.
UPDATE job SET state = 'queued', ended_at = NULL, status = '', reason = '', article_id = NULL,
               not_before = :now, details = json_set(details, '$.submission.keep_similar', json('true'),
                                  '$.submission.needs_approval', json(:waits))
WHERE id = :id AND state = 'done' AND status = 'similar' AND details <> '';

-- name: drop_similar
UPDATE job SET details = '', data = NULL WHERE id = :id AND status = 'similar';

-- name: save_recognized
-- Does nothing if the job has ended or is gone.
INSERT OR REPLACE INTO recognized_page (job_id, page, text)
SELECT id, :page, :text FROM job WHERE id = :job_id AND ended_at IS NULL;

-- name: recognized_pages
SELECT page, text FROM recognized_page WHERE job_id = ?;

-- name: forget_jobs
DELETE FROM job WHERE ended_at < ?;

-- name: spent
-- What a day's questions have cost so far, in total and for one person.
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

-- name: record_outcome
UPDATE charge SET outcome = :outcome, seconds = :seconds WHERE id = :id;

-- name: outcomes_by_day
-- The median is over timed questions: the middle one, or the mean of the middle two.
WITH ranked AS (
    SELECT day, outcome, seconds,
           row_number() OVER (PARTITION BY day ORDER BY seconds IS NULL, seconds) AS position,
           count(seconds) OVER (PARTITION BY day) AS timed
    FROM charge WHERE kind = 'question' AND day >= :since)
SELECT day, count(*) FILTER (WHERE outcome = 'written') AS by_model,
       count(*) FILTER (WHERE outcome = 'fell back') AS fell_back,
       count(*) FILTER (WHERE outcome = 'refused') AS refused,
       avg(seconds) FILTER (WHERE position IN ((timed + 1) / 2, (timed + 2) / 2)) AS median_seconds
FROM ranked GROUP BY day;

-- name: spent_by_day
-- A day's cost is known if the cost of all its questions is.
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

-- name: anonymize_charges
UPDATE charge SET user_id = NULL, event_id = NULL WHERE user_id = :user_id;

-- name: unembedded
-- A scope's passages of newest versions, after an id, without a vector of an embedder.
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
-- Does nothing for a passage that was erased or is no longer searched.
INSERT INTO vector (passage_id, embedder_id, data)
SELECT passage.id, ?2, ?3
FROM passage JOIN article ON article.version_id = passage.version_id
                         AND article.removed_at IS NULL
WHERE passage.id = ?1
ON CONFLICT DO NOTHING;

-- name: vectors_of
-- One embedder's vectors of some passages, by rising id.
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

-- name: names_of_user
-- The names of a person that a library stores. The author of a file or link in their message is
-- someone else.
SELECT submitter_name AS name FROM article WHERE submitter_id = :user_id AND submitter_name <> ''
UNION SELECT author FROM article
WHERE message_author_id = :user_id AND url {message_text_url} AND author <> ''
UNION SELECT json_extract(details, '$.submission.submitter.name') FROM job
WHERE submitter_id = :user_id AND details <> ''
  AND json_extract(details, '$.submission.submitter.name') <> '';

-- name: count_questions
SELECT count(*) AS answers FROM answer WHERE asker_id = :user_id;

-- name: forget_private_answers
DELETE FROM answer WHERE asker_id = :user_id AND private;

-- name: forget_public_answers
-- Their footnotes still open, and their messages can still be edited, for others in the channel.
UPDATE answer SET {blanked}, asker_id = NULL,
                  event_id = NULL
WHERE asker_id = :user_id;

-- name: anonymize_citations
-- Replaces :named by :unnamed in other people's answers.
UPDATE answer SET body = replace(body, :named, :unnamed) WHERE instr(body, :named);

-- name: blank_answers_naming
-- Blanks other people's answers that still name the person.
UPDATE answer SET {blanked}
WHERE EXISTS (SELECT 1 FROM json_each(:names)
              WHERE instr(answer.body || answer.question || answer.standalone, value));

-- name: count_attributed_articles
SELECT count(*) AS articles FROM article
WHERE submitter_id = :user_id OR message_author_id = :user_id;

-- name: message_text_url
-- A text that was added as a message, rather than a file or link in one, has the message's URL.
LIKE 'https://discord.com/channels/%';

-- name: anonymize_authors
-- The author of a message is the author of the article made from it. Before migration 0015 only
-- the name was stored.
UPDATE article SET author = NULL, source = 'message', message_author_id = NULL
WHERE url {message_text_url}
  AND (message_author_id = :user_id
       OR message_author_id IS NULL AND author IN (SELECT value FROM json_each(:names)));

-- name: anonymize_messages
UPDATE article SET message_author_id = NULL WHERE message_author_id = :user_id;

-- name: anonymize_submitter
UPDATE article SET submitter_id = NULL, submitter_name = '' WHERE submitter_id = :user_id;

-- name: anonymize_jobs
UPDATE job SET submitter_id = NULL, event_id = NULL,
               details = iif(details = '', '', json_set(details,
                   '$.submission.submitter.user_id', NULL, '$.submission.submitter.name', ''))
WHERE submitter_id = :user_id;

-- name: anonymize_pending_texts
UPDATE job SET details = json_set(details, '$.submission.author', NULL,
                                  '$.submission.source', 'message')
WHERE details <> '' AND json_extract(details, '$.submission.message.author_id') = :user_id
  AND json_extract(details, '$.submission.url') {message_text_url};

-- name: anonymize_status_messages
-- The name on the card of a message text's job says who wrote it.
UPDATE job_card SET name = 'message'
WHERE job_id IN (
    SELECT id FROM job
    WHERE details <> '' AND json_extract(details, '$.submission.message.author_id') = :user_id
      AND json_extract(details, '$.submission.url') {message_text_url});

-- name: anonymize_pending_messages
-- Also of the files and links in a message, whose author may be someone else.
UPDATE job SET details = json_set(details, '$.submission.message.author_id', NULL)
WHERE details <> '' AND json_extract(details, '$.submission.message.author_id') = :user_id;

-- name: forget_ratings
DELETE FROM feedback WHERE user_id = :user_id;

-- name: mark_joined
INSERT INTO membership (server_id, application_id) VALUES (?, ?)
ON CONFLICT (server_id) DO UPDATE SET application_id = excluded.application_id, left_at = NULL;

-- name: mark_left
-- Does nothing if it is known already, or if another application is in that server.
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

-- name: answers_showing
-- The posted answers that depend on some articles, or name them.
SELECT DISTINCT answer_id FROM answer_card WHERE answer_id IN (
    SELECT answer_id FROM answer_article WHERE article_id IN (SELECT value FROM json_each(:ids))
    UNION SELECT answer_id FROM answer_nearest
          WHERE article_id IN (SELECT value FROM json_each(:ids)))
ORDER BY answer_id;

-- name: count_unrecorded_answers
-- Public answers from before messages were recorded ('?') that cite some articles.
SELECT count(DISTINCT answer.id) AS answers
FROM citation JOIN version ON version.id = citation.version_id
              JOIN answer ON answer.id = citation.answer_id
WHERE version.article_id IN (SELECT value FROM json_each(:ids)) AND answer.withheld = '?';

-- name: hidden_dependencies
-- The articles that an answer depends on, or its messages name, and that a scope does not show.
SELECT dependency.article_id, article.id IS NULL OR article.removed_at IS NOT NULL AS is_removed
FROM (SELECT article_id FROM answer_article WHERE answer_id = :answer_id
      UNION SELECT article_id FROM answer_nearest WHERE answer_id = :answer_id) AS dependency
     LEFT JOIN article ON article.id = dependency.article_id
WHERE article.id IS NULL OR NOT {visible}
ORDER BY dependency.article_id;

-- name: cited_articles
SELECT DISTINCT version.article_id
FROM citation JOIN version ON version.id = citation.version_id WHERE citation.answer_id = ?;

-- name: nearest_articles
SELECT article_id FROM answer_nearest WHERE answer_id = ?;

-- name: any_answer
SELECT * FROM answer WHERE id = ?;

-- name: set_withheld
-- Of the articles left out, those that it still depends on: an erased one is no longer among them.
UPDATE answer SET withheld = (
    SELECT json_group_array(value) FROM json_each(:withheld)
    WHERE value IN (SELECT article_id FROM answer_article WHERE answer_id = :answer_id
                    UNION SELECT article_id FROM answer_nearest WHERE answer_id = :answer_id))
WHERE id = :answer_id;

-- name: maybe_stale_answers
-- Answers whose messages leave out an article, or have to.
SELECT id, withheld FROM answer
WHERE id IN (SELECT answer_id FROM answer_card)
  AND (withheld NOT IN ('[]', '?')
       OR id IN (SELECT answer_id FROM answer_article JOIN article ON article.id = article_id
                 WHERE article.removed_at IS NOT NULL
                 UNION SELECT answer_id FROM answer_nearest JOIN article ON article.id = article_id
                 WHERE article.removed_at IS NOT NULL))
ORDER BY id;

-- name: article_cards
-- The messages that name any of some articles, with every article that they name.
SELECT card.channel_id, card.message_id, card.article_id,
       article.removed_at IS NULL AS is_visible
FROM article_card AS card JOIN article ON article.id = card.article_id
WHERE card.message_id IN (SELECT message_id FROM article_card
                          WHERE article_id IN (SELECT value FROM json_each(:ids)))
ORDER BY card.message_id, card.article_id;

-- name: any_from_messages
-- Whether any article or pending job came from some messages.
SELECT 1 FROM article
WHERE article.message_id IN (SELECT value FROM json_each(:messages)) AND {visible}
UNION ALL SELECT 1 FROM article JOIN approval ON approval.article_id = article.id
WHERE :here AND article.message_id IN (SELECT value FROM json_each(:messages))
UNION ALL SELECT 1 FROM job
WHERE :here AND job.message_id IN (SELECT value FROM json_each(:messages));

-- name: articles_from_messages
-- The articles in a scope that were made from some messages.
SELECT article.id FROM article
WHERE article.message_id IN (SELECT value FROM json_each(:messages)) AND {visible}
ORDER BY article.id;

-- name: trashed_by_removal
-- The articles in the trash from one removal.
SELECT {article_columns}
FROM article JOIN version ON version.id = article.version_id
WHERE article.removal_id = :removal_id AND {trashed} ORDER BY article.id;

-- name: same_removal
-- Trashed by the same removal, or since a time (in other channels, for example).
(removal_id = :removal_id OR removal_id IS NOT NULL AND removed_at > :since);

-- name: keep_removal_longer
-- If several were trashed together.
UPDATE article SET kept_longer_s = :longer_s
WHERE {same_removal} AND (SELECT count(*) FROM article WHERE {same_removal}) > 1;

-- name: withdraw_jobs
-- The pending jobs of deleted messages must not store anything.
UPDATE job SET withdrawn = 1
WHERE message_id IN (SELECT value FROM json_each(:messages)) AND ended_at IS NULL;

-- name: withdraw_similar
UPDATE job SET details = '', data = NULL
WHERE message_id IN (SELECT value FROM json_each(:messages)) AND status = 'similar';

-- name: withdrawn_job
SELECT id FROM job WHERE id = :job_id AND withdrawn;

-- name: due_article_cards
-- The messages that name an article that was trashed or restored, or is about to be erased.
INSERT INTO due_card (message_id, channel_id, is_answer)
SELECT message_id, channel_id, 0 FROM article_card WHERE article_id = ?
ON CONFLICT DO NOTHING;

-- name: due_answer_cards
-- The messages that show text of an article that is about to be erased, and that were not edited
-- when it was trashed: of answers that cite it, name it, or have a note, which may mention it.
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

-- name: mark_card_edited
DELETE FROM due_card WHERE message_id = ?;

-- name: articles_named_in_message
-- The articles that a message names.
SELECT card.channel_id, card.message_id, card.article_id,
       article.removed_at IS NULL AS is_visible
FROM article_card AS card JOIN article ON article.id = card.article_id
WHERE card.message_id = :message_id ORDER BY card.article_id;

-- name: record_erasure
INSERT INTO erasure (kind, id, at) VALUES (:kind, :id, :at);

-- name: erasures
SELECT kind, id, at, number FROM erasure ORDER BY number;

-- name: last_erasure
SELECT coalesce(max(number), 0) AS number FROM erasure;

-- name: forget_erasures
DELETE FROM erasure WHERE at < ?;

-- name: article_added
-- The article that an erasure is about: one with the same id that was added later is another.
SELECT id FROM article WHERE id = :id AND unixepoch(added_at) <= :at;

-- name: record_erased_library
INSERT INTO erased_library (server_id, at) VALUES (?, ?);

-- name: erased_libraries
SELECT server_id, at FROM erased_library ORDER BY at;

-- name: forget_erased_libraries
DELETE FROM erased_library WHERE at < ?;

-- name: drop_all_questions
DELETE FROM question;

-- name: forget_erasures_after
DELETE FROM erasure WHERE number > ?;

-- name: number_erasures_from
UPDATE sqlite_sequence SET seq = ? WHERE name = 'erasure';

-- name: add_sequence
-- A table that never had a row has no sequence.
INSERT INTO sqlite_sequence (name, seq)
SELECT :table, 0 FROM sqlite_master
WHERE type = 'table' AND name = :table
  AND NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = :table);

-- name: raise_sequence
UPDATE sqlite_sequence SET seq = max(seq, :highest) WHERE name = :table;

-- name: schema_objects
SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite\_%' ESCAPE '\';

-- name: current_settings
-- The last change of each setting.
SELECT name, value FROM setting_change
WHERE id IN (SELECT max(id) FROM setting_change GROUP BY name);

-- name: last_setting
SELECT value FROM setting_change WHERE name = :name ORDER BY id DESC LIMIT 1;

-- name: change_setting
INSERT INTO setting_change (at, user_id, user_name, name, value)
VALUES (:at, :user_id, :user_name, :name, :value);

-- name: setting_changes
SELECT name, value, user_name, at FROM setting_change ORDER BY id DESC LIMIT :limit;

-- name: anonymize_setting_changes
UPDATE setting_change SET user_id = NULL, user_name = '' WHERE user_id = :user_id;

-- name: count_question
-- One more, unless there are :most already.
INSERT INTO question_count (day, user_id, questions)
SELECT :day, :user_id, 1 WHERE :most > 0
ON CONFLICT (day, user_id) DO UPDATE SET questions = questions + 1 WHERE questions < :most;

-- name: forget_question_counts
DELETE FROM question_count WHERE day < ?;

-- name: forget_question_counts_of
DELETE FROM question_count WHERE user_id = :user_id;

-- name: set_aside
-- What was added outside of the library's channels is as if it were in the trash, without a time, as
-- long as they are set (removed_at is minus infinity). :only: of this article; NULL: of all.
UPDATE article SET removed_at = iif({is_outside}, -9e999, NULL)
WHERE (removed_at IS NULL AND {is_outside} OR removed_at = -9e999 AND NOT {is_outside})
  AND (:only IS NULL OR id = :only)
RETURNING id;

-- name: is_outside
(article.channel_id IS NOT NULL
 AND EXISTS (SELECT 1 FROM {library_channels})
 AND article.channel_id NOT IN (SELECT value FROM {library_channels}));

-- name: library_channels
json_each(coalesce((SELECT value FROM setting_change WHERE name = 'library_channels'
                    ORDER BY id DESC LIMIT 1), '[]'));

-- name: waiting
-- Like "visible", for articles that wait for approval.
(:here AND article.id IN (SELECT article_id FROM approval)
       AND (:everywhere OR article.channel_id IS NULL
            OR article.channel_id IN (SELECT value FROM json_each(:channels))));

-- name: await_approval
-- Whoever reads the trash looks for a time.
UPDATE article SET removed_at = 9e999 WHERE id = :article_id;

-- name: add_approval
INSERT INTO approval (article_id, asked_at) VALUES (:article_id, :now);

-- name: waiting_articles
SELECT {article_columns}, approval.asked_at, approval.channel_id AS card_channel_id,
       approval.message_id AS card_message_id, substr(version.text, 1, :characters) AS beginning
FROM article JOIN version ON version.id = article.version_id
             JOIN approval ON approval.article_id = article.id
WHERE (:article_id IS NULL OR article.id = :article_id) AND {waiting}
ORDER BY article.id;

-- name: is_waiting
SELECT article.id FROM article WHERE article.id = :article_id AND {waiting};

-- name: record_approval_card
UPDATE approval SET channel_id = ?, message_id = ? WHERE article_id = ?;

-- name: any_approval_cards
SELECT 1 FROM approval
WHERE message_id IN (SELECT value FROM json_each(:messages)) OR channel_id = :channel_id;

-- name: forget_approval_cards
UPDATE approval SET channel_id = NULL, message_id = NULL
WHERE message_id IN (SELECT value FROM json_each(:messages)) OR channel_id = :channel_id;

-- name: approve
UPDATE article SET removed_at = NULL WHERE id = :article_id;

-- name: end_approval
DELETE FROM approval WHERE article_id = :article_id;

-- name: waiting_from_messages
-- The waiting articles that were made from some messages.
SELECT article.id FROM article JOIN approval ON approval.article_id = article.id
WHERE article.message_id IN (SELECT value FROM json_each(:messages)) ORDER BY article.id;

-- name: block_address
INSERT INTO blocked_address (address, blocked_at) VALUES (?, ?) ON CONFLICT DO NOTHING;

-- name: unblock_address
DELETE FROM blocked_address WHERE address = ?;

-- name: blocked_addresses
SELECT address FROM blocked_address ORDER BY address;

-- name: is_blocked
SELECT 1 FROM blocked_address
WHERE address IN (SELECT value FROM json_each(:prefixes)) LIMIT 1;

-- name: answers_of
SELECT * FROM answer WHERE asker_id = :user_id ORDER BY id;

-- name: attributed_articles
SELECT id, title, added_at, channel_id, submitter_id = :user_id AS added_by_you,
       coalesce(message_author_id = :user_id, 0) AS written_by_you
FROM article WHERE submitter_id = :user_id OR message_author_id = :user_id ORDER BY id;

-- name: articles_added_by
SELECT id FROM article WHERE submitter_id = :user_id ORDER BY id;

-- name: ratings_by
SELECT answer_id, kind, given_at FROM feedback WHERE user_id = :user_id ORDER BY given_at;

-- name: costs_of
SELECT day, kind, count(*) AS times, sum(prompt_tokens) AS prompt_tokens,
       sum(completion_tokens) AS completion_tokens
FROM charge WHERE user_id = :user_id GROUP BY day, kind ORDER BY day, kind;

-- name: setting_changes_by
SELECT at, name, value FROM setting_change WHERE user_id = :user_id ORDER BY id;

-- name: question_counts_of
SELECT day, questions FROM question_count WHERE user_id = :user_id ORDER BY day;

-- name: mark_changed_answers
-- The posted answers that cite an article, whose text changes.
INSERT INTO changed_answer (answer_id)
SELECT DISTINCT citation.answer_id
FROM citation JOIN version ON version.id = citation.version_id
WHERE version.article_id = ?
  AND citation.answer_id IN (SELECT answer_id FROM answer_card)
ON CONFLICT DO NOTHING;

-- name: changed_answers
SELECT answer_id FROM changed_answer ORDER BY answer_id;

-- name: forget_changed_answer
DELETE FROM changed_answer WHERE answer_id = ?;
