-- The article whose alert to the asker of a waiting question was begun, until it is delivered.
ALTER TABLE answer ADD COLUMN alert_article_id INTEGER;
