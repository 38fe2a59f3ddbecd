-- The blocks of a text, coded by store/block_codec.py, and the kind of block a sentence stands in.
-- NULL: stored before this step, so unknown.
ALTER TABLE version ADD COLUMN blocks BLOB;
ALTER TABLE sentence ADD COLUMN kind TEXT;
