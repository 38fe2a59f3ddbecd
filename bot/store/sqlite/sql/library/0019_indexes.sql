-- Every deleted message is looked for among the jobs, too.
CREATE INDEX job_message ON job (message_id) WHERE message_id IS NOT NULL;

-- No query uses it.
DROP INDEX answer_withheld;

-- The answers that still have a text or say who asked: every hour the old ones are forgotten.
CREATE INDEX answer_unforgotten ON answer (given_at)
WHERE question <> '' OR body <> '' OR standalone <> '' OR event_id IS NOT NULL OR asker_id IS NOT NULL;
