-- How each question ended, and after how long: how often a model answered, and how fast.
ALTER TABLE charge ADD COLUMN outcome TEXT;  -- written, quoted, fell back, stopped, refused, asked back
ALTER TABLE charge ADD COLUMN seconds REAL;  -- from the question to the whole answer
