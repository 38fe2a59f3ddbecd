-- One server's library. Offsets are Unicode code points of version.text.

-- What was handed in, as lists show it. Ids are never used twice.
CREATE TABLE article (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    version_id     INTEGER REFERENCES version (id) DEFERRABLE INITIALLY DEFERRED,  -- the newest
    title          TEXT NOT NULL CHECK (title <> ''),
    url            TEXT,
    author         TEXT,
    published      TEXT,
    language       TEXT,
    source         TEXT NOT NULL,     -- a file's name, an address, "pasted text"
    channel_id     INTEGER,           -- where it was handed in; NULL: the whole server's
    submitter_id   INTEGER,           -- NULL: the operator
    submitter_name TEXT NOT NULL DEFAULT '',
    added_at       TEXT NOT NULL
);
CREATE INDEX article_channel ON article (channel_id);

-- One stored text of an article. Only the newest is searched; a cited old one is kept.
CREATE TABLE version (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    article_id INTEGER NOT NULL REFERENCES article (id) ON DELETE CASCADE,
    number     INTEGER NOT NULL,
    text       TEXT NOT NULL,
    hash       TEXT NOT NULL,         -- SHA-256 of text, hexadecimal
    characters INTEGER NOT NULL,
    cleaner    INTEGER NOT NULL,      -- versions of the code that made the text and its offsets
    splitter   INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    UNIQUE (article_id, number)
);
CREATE INDEX version_hash ON version (hash);

-- The unit of finding. text is version.text[start:end], kept so that finding reads no more.
CREATE TABLE passage (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    article_id INTEGER NOT NULL REFERENCES article (id) ON DELETE CASCADE,
    version_id INTEGER NOT NULL REFERENCES version (id) ON DELETE CASCADE,
    position   INTEGER NOT NULL,
    start      INTEGER NOT NULL,
    end        INTEGER NOT NULL,
    tokens     INTEGER NOT NULL,
    heading    TEXT NOT NULL,
    page       INTEGER,
    text       TEXT NOT NULL,
    UNIQUE (version_id, position)
);
CREATE INDEX passage_article ON passage (article_id);

-- The unit of citing.
CREATE TABLE sentence (
    passage_id INTEGER NOT NULL REFERENCES passage (id) ON DELETE CASCADE,
    position   INTEGER NOT NULL,
    start      INTEGER NOT NULL,
    end        INTEGER NOT NULL,
    PRIMARY KEY (passage_id, position)
) WITHOUT ROWID;

-- The words of the newest versions' passages (rowid: passage.id), in the form that
-- store/words.py writes. Contentless: the text itself stands in passage.
CREATE VIRTUAL TABLE words USING fts5 (
    title, body, content = '', tokenize = 'porter unicode61 remove_diacritics 2'
);

-- Which embedder made which vectors: they are never mixed.
CREATE TABLE embedder (
    id        INTEGER PRIMARY KEY,
    model     TEXT NOT NULL,
    dimension INTEGER NOT NULL,
    UNIQUE (model, dimension)
);

-- little-endian float32, unit length
CREATE TABLE vector (
    passage_id  INTEGER NOT NULL REFERENCES passage (id) ON DELETE CASCADE,
    embedder_id INTEGER NOT NULL REFERENCES embedder (id),
    data        BLOB NOT NULL,
    PRIMARY KEY (passage_id, embedder_id)
) WITHOUT ROWID;

-- An answer that was given. It holds no text: what it cites is cut from the versions.
CREATE TABLE answer (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    asker_id   INTEGER,
    channel_id INTEGER,
    given_at   TEXT NOT NULL
);

-- A footnote's lasting identity: (version, start, end).
CREATE TABLE citation (
    answer_id  INTEGER NOT NULL REFERENCES answer (id) ON DELETE CASCADE,
    n          INTEGER NOT NULL,
    version_id INTEGER NOT NULL REFERENCES version (id) ON DELETE CASCADE,
    start      INTEGER NOT NULL,
    end        INTEGER NOT NULL,
    PRIMARY KEY (answer_id, n)
) WITHOUT ROWID;
CREATE INDEX citation_version ON citation (version_id);
