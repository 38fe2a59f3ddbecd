-- Posted answers that cite an article which has a new version since, until their cards say so.
CREATE TABLE changed_answer (
    server_id text COLLATE "C" NOT NULL,
    answer_id bigint NOT NULL,
    PRIMARY KEY (server_id, answer_id),
    FOREIGN KEY (server_id, answer_id) REFERENCES answer (server_id, id) ON DELETE CASCADE
);
ALTER TABLE changed_answer ENABLE ROW LEVEL SECURITY;
ALTER TABLE changed_answer FORCE ROW LEVEL SECURITY;
CREATE POLICY of_server ON changed_answer
USING (server_id = current_setting('footnote.server', true));
ALTER TABLE changed_answer
SET (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0);
