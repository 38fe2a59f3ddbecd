-- A vector stands in the file as finding holds it in memory: 8 bits a number. encoded() is
-- store/coding.py's: the little-endian float32 scale, then a signed byte for each number.
ALTER TABLE vector RENAME TO float_vector;

CREATE TABLE vector (
    passage_id  INTEGER NOT NULL REFERENCES passage (id) ON DELETE CASCADE,
    embedder_id INTEGER NOT NULL REFERENCES embedder (id),
    data        BLOB NOT NULL,
    PRIMARY KEY (passage_id, embedder_id)
) WITHOUT ROWID;

INSERT INTO vector
SELECT passage_id, embedder_id, encoded(data) FROM float_vector ORDER BY passage_id, embedder_id;

DROP TABLE float_vector;  -- and its index
CREATE INDEX vector_embedder ON vector (embedder_id);
