-- What near-duplicates of the newest versions are looked up by.
CREATE TABLE minhash_band (
    version_id INTEGER NOT NULL REFERENCES version (id) ON DELETE CASCADE,
    band_key   INTEGER NOT NULL,
    PRIMARY KEY (version_id, band_key)
) WITHOUT ROWID;
CREATE INDEX minhash_band_key ON minhash_band (band_key);

INSERT INTO minhash_band (version_id, band_key)
SELECT minhash.version_id, band.value
FROM minhash JOIN article ON article.version_id = minhash.version_id
     JOIN json_each(minhash_bands(minhash.data)) AS band;
