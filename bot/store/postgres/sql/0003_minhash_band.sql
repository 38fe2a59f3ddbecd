-- What near-duplicates of the newest versions are looked up by.
CREATE TABLE minhash_band (
    server_id  text COLLATE "C" NOT NULL,
    version_id bigint NOT NULL,
    band_key   bigint NOT NULL,
    PRIMARY KEY (server_id, version_id, band_key),
    FOREIGN KEY (server_id, version_id) REFERENCES version (server_id, id) ON DELETE CASCADE
);
CREATE INDEX minhash_band_key ON minhash_band (server_id, band_key);
ALTER TABLE minhash_band ENABLE ROW LEVEL SECURITY;
ALTER TABLE minhash_band FORCE ROW LEVEL SECURITY;
CREATE POLICY of_server ON minhash_band
USING (server_id = current_setting('footnote.server', true));
ALTER TABLE minhash_band
SET (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0);

-- A hash is a little-endian number of four bytes; a band is four of them.
DO $$
DECLARE
    servers text[];
    server  text;
BEGIN
    PERFORM set_config('footnote.server', '*', true);
    servers := ARRAY(SELECT server_id FROM library);
    FOREACH server IN ARRAY servers LOOP
        PERFORM set_config('footnote.server', server, true);
        INSERT INTO minhash_band (server_id, version_id, band_key)
        SELECT server, minhash.version_id,
               band * 4294967296 + get_byte(data, (16 * band)::int) * 16777216::bigint
               + get_byte(data, (16 * band + 4)::int) * 65536
               + get_byte(data, (16 * band + 8)::int) * 256
               + get_byte(data, (16 * band + 12)::int)
        FROM minhash JOIN article ON article.server_id = server
                                 AND article.version_id = minhash.version_id
             CROSS JOIN LATERAL generate_series(0::bigint, least(48, length(data) / 16) - 1) AS band
        WHERE minhash.server_id = server;
    END LOOP;
END $$;
