-- Whenever a file or text is added, the article that an older reader made of it is looked for.
CREATE INDEX version_original ON version (original);
