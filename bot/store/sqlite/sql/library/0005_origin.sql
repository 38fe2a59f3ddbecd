-- What was dropped, cut or guessed when a version was read: a JSON list of sentences for people.
ALTER TABLE version ADD COLUMN notes TEXT NOT NULL DEFAULT '[]';

-- SHA-256 of the file or page as it was handed in, hexadecimal; originals are not kept.
ALTER TABLE version ADD COLUMN original TEXT NOT NULL DEFAULT '';
