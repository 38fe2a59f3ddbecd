-- What the pages of a version count (pages, slides, sheets, or seconds of a recording), and whether
-- its text was read from pictures of letters.
ALTER TABLE version ADD COLUMN page_unit TEXT NOT NULL DEFAULT 'page';
ALTER TABLE version ADD COLUMN by_ocr INTEGER NOT NULL DEFAULT 0;
