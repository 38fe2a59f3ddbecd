-- The files attached to a mail have jobs of their own, queued when the mail's ends.
ALTER TABLE job ADD COLUMN attached_to INTEGER REFERENCES job (id) ON DELETE SET NULL;
ALTER TABLE job ADD COLUMN name TEXT NOT NULL DEFAULT '';
CREATE INDEX job_attached ON job (attached_to) WHERE attached_to IS NOT NULL;
