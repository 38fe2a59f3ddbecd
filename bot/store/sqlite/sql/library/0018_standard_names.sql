-- The tables and columns that had names of their own get the terms of the field. Renaming
-- changes the schema only, not the rows.
ALTER TABLE block RENAME TO segment;
ALTER TABLE segment RENAME COLUMN terms TO terms_version;
ALTER TABLE place RENAME TO posting;
ALTER TABLE posting RENAME COLUMN block_id TO segment_id;
ALTER TABLE posting RENAME COLUMN places TO data;
ALTER TABLE sketch RENAME TO minhash;
ALTER TABLE piece RENAME TO passage_tokens;
ALTER TABLE article RENAME COLUMN card TO message_link;
