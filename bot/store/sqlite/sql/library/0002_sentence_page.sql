-- A citation names the page of its sentence: a passage may run over a page's end.
-- NULL: as the passage's (which every sentence stored before this step has).
ALTER TABLE sentence ADD COLUMN page INTEGER;
