-- What happened on an article's date ("published", "updated", "event", "file"), where it was read,
-- and the bounds between which a date in part lies (2026-02, 2026-Q1, 2026), for comparing it.
ALTER TABLE article ADD COLUMN date_kind TEXT NOT NULL DEFAULT 'published';
ALTER TABLE article ADD COLUMN date_source TEXT NOT NULL DEFAULT '';
ALTER TABLE article ADD COLUMN first_day TEXT GENERATED ALWAYS AS (
    CASE WHEN published LIKE '____-Q_'
         THEN substr(published, 1, 5) || printf('%02d', 3 * substr(published, 7, 1) - 2)
         ELSE published END) VIRTUAL;
ALTER TABLE article ADD COLUMN last_day TEXT GENERATED ALWAYS AS (
    CASE WHEN published LIKE '____-Q_'
         THEN substr(published, 1, 5) || printf('%02d', 3 * substr(published, 7, 1)) || '-31'
         ELSE published || substr('-12-31', length(published) - 3) END) VIRTUAL;
