-- Which passages have a vector of an embedder, without reading the vectors: 1.4 MB at 100,000.
CREATE INDEX vector_embedder ON vector (embedder_id);
