-- No query reads it.
ALTER TABLE article DROP COLUMN removed_by;
