-- The public card on which a job is shown, until it shows how the job ended. Ids of Discord, no
-- token; the name is what stands on the card. It goes with the job, and so with the article.
CREATE TABLE job_card (
    job_id     INTEGER PRIMARY KEY REFERENCES job (id) ON DELETE CASCADE,
    channel_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    name       TEXT NOT NULL
);
