-- What was wrong with an answer has more kinds, and an answer that was found wrong is kept as a case:
-- its question, words and quotes, and the versions that made it. A case goes with its answer's text.
CREATE TABLE feedback_new (
    answer_id INTEGER NOT NULL REFERENCES answer (id) ON DELETE CASCADE,
    user_id   INTEGER NOT NULL,
    kind      TEXT NOT NULL CHECK (kind IN
        ('helpful', 'wrong source', 'unsupported', 'missing', 'outdated', 'other')),
    given_at  TEXT NOT NULL,
    PRIMARY KEY (answer_id, user_id)
) WITHOUT ROWID;
INSERT INTO feedback_new SELECT answer_id, user_id, kind, given_at FROM feedback;
DROP TABLE feedback;
ALTER TABLE feedback_new RENAME TO feedback;

CREATE TABLE feedback_case (
    answer_id INTEGER PRIMARY KEY REFERENCES answer (id) ON DELETE CASCADE,
    kept_at   TEXT NOT NULL,
    details   TEXT NOT NULL -- JSON, by service/review.py
);
-- However an answer loses its text or a name in it (an erased article, a forgotten person, the
-- retention period); and without a bad rating there is no case.
CREATE TRIGGER feedback_case_ends AFTER UPDATE OF body ON answer WHEN new.body <> old.body
BEGIN
    DELETE FROM feedback_case WHERE answer_id = new.id;
END;
CREATE TRIGGER feedback_case_withdrawn AFTER DELETE ON feedback
WHEN NOT EXISTS (SELECT 1 FROM feedback WHERE answer_id = old.answer_id AND kind <> 'helpful')
BEGIN
    DELETE FROM feedback_case WHERE answer_id = old.answer_id;
END;
CREATE TRIGGER feedback_case_reversed AFTER UPDATE OF kind ON feedback
WHEN NOT EXISTS (SELECT 1 FROM feedback WHERE answer_id = new.answer_id AND kind <> 'helpful')
BEGIN
    DELETE FROM feedback_case WHERE answer_id = new.answer_id;
END;
