-- Where every word stands, for ranking. A block holds the articles of one transaction, or of
-- several that were merged: few blocks, so that a word is read with few rows.
CREATE TABLE block (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    level   INTEGER NOT NULL,  -- 0: one transaction; n + 1: merged from level n
    terms   INTEGER NOT NULL,  -- version of the code that made its terms
    first   INTEGER NOT NULL,  -- its passages' ids: first and last
    last    INTEGER NOT NULL
);

-- The places of one term in one block: records of store/places.py, in order.
CREATE TABLE place (
    block_id INTEGER NOT NULL REFERENCES block (id) ON DELETE CASCADE,
    term     TEXT NOT NULL,
    places   BLOB NOT NULL,
    PRIMARY KEY (block_id, term)
) WITHOUT ROWID;

-- What the catalogue in memory is made of, without reading the passages' text.
CREATE INDEX passage_catalogue ON passage (id, version_id, article_id, position, tokens);
