-- What was measured of a model at its server, and how it did in its exam.
CREATE TABLE model_profile (
    address              TEXT NOT NULL,  -- of the server; empty: OpenAI's own
    model                TEXT NOT NULL,
    window               INTEGER,        -- tokens
    reading_tokens_per_s REAL,
    writing_tokens_per_s REAL,
    cites                INTEGER,
    examined             TEXT,           -- a day, UTC
    reasons_first        INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (address, model)
) WITHOUT ROWID;
