-- Finding reads the table "place": nothing asks FTS5 any more.
DROP TABLE words;

-- Where an article was fetched, and what its site said of it then. NULL: a file or a text.
ALTER TABLE article ADD COLUMN address TEXT;
ALTER TABLE article ADD COLUMN etag TEXT;
ALTER TABLE article ADD COLUMN last_modified TEXT;
CREATE INDEX article_address ON article (address) WHERE address IS NOT NULL;

-- A MinHash of a version's text (ingest/alike.py makes it): how alike two texts are.
CREATE TABLE sketch (
    version_id INTEGER PRIMARY KEY REFERENCES version (id) ON DELETE CASCADE,
    scheme     INTEGER NOT NULL,  -- version of the code that made it: others are not compared
    data       BLOB NOT NULL      -- little-endian uint32
);
