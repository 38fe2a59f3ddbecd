-- Questions that are being answered: the public card of each, to be brought to its end after a
-- crash. Ids only: no words, and no token of an interaction.
CREATE TABLE question (
    event_id   INTEGER PRIMARY KEY,
    server_id  TEXT NOT NULL,
    channel_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL
);
