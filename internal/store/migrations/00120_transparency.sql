-- +goose Up
-- Room: internal/transparency. Rows are only ever added, but the one of log_head.
-- Entries are salted hashes: they say nothing of what they stand for.
CREATE TABLE log_entry (
    idx   BIGINT NOT NULL PRIMARY KEY,
    entry BYTEA  NOT NULL
);
CREATE INDEX log_entry_by_entry ON log_entry (entry);

-- Hashes of 256 entries (level 1), of 256 of those (level 2) and so on.
CREATE TABLE log_node (
    level BIGINT NOT NULL,
    n     BIGINT NOT NULL,
    hash  BYTEA  NOT NULL,
    PRIMARY KEY (level, n)
);

-- One row: how many entries there are. Appending transactions queue on it.
CREATE TABLE log_head (
    id   BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    size BIGINT NOT NULL
);
INSERT INTO log_head (id, size) VALUES (1, 0);

-- What was signed of the log; note is the signed text.
CREATE TABLE log_checkpoint (
    size BIGINT NOT NULL PRIMARY KEY,
    root BYTEA  NOT NULL,
    note TEXT   NOT NULL,
    at   BIGINT NOT NULL
);

-- The key that signs checkpoints: verifier is public, sealed is not.
CREATE TABLE log_key (
    id         BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    verifier   TEXT   NOT NULL,
    sealed     BYTEA  NOT NULL,
    created_at BIGINT NOT NULL
);
