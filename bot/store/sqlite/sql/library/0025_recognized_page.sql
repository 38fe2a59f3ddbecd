-- The texts of a scan's pages while a job reads them, so that it goes on where it was interrupted.
CREATE TABLE recognized_page (
    job_id INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    page   INTEGER NOT NULL,
    text   TEXT NOT NULL,
    PRIMARY KEY (job_id, page)
) WITHOUT ROWID;

CREATE TRIGGER recognized_page_ends AFTER UPDATE ON job
WHEN new.ended_at IS NOT NULL OR new.withdrawn
BEGIN
    DELETE FROM recognized_page WHERE job_id = new.id;
END;
