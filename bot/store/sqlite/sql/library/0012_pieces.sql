-- The pieces of the words of each passage that is searched, sentence by sentence, as finding
-- compares them with a question's. packed_pieces() is store/pieces.py's, of a text and the
-- sentences' offsets in it.
CREATE TABLE piece (
    passage_id INTEGER PRIMARY KEY REFERENCES passage (id) ON DELETE CASCADE,
    data       BLOB NOT NULL
);

INSERT INTO piece
SELECT passage.id, packed_pieces(passage.text,
    (SELECT json_group_array(json_array(start - passage.start, end - passage.start))
     FROM (SELECT start, end FROM sentence
           WHERE sentence.passage_id = passage.id ORDER BY position)))
FROM passage JOIN article ON article.version_id = passage.version_id ORDER BY passage.id;
