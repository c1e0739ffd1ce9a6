-- +goose Up
-- Room: internal/audit. Rows of audit_entry are never changed or removed;
-- audit.Protect adds the triggers that refuse it, which differ by engine.
CREATE TABLE audit_entry (
    seq       BIGINT NOT NULL PRIMARY KEY,
    at        BIGINT NOT NULL,
    actor     TEXT   NOT NULL,
    action    TEXT   NOT NULL,
    object    TEXT   NOT NULL,
    post_id   TEXT   NOT NULL,
    detail    TEXT   NOT NULL,
    prev_hash BYTEA  NOT NULL,
    hash      BYTEA  NOT NULL
);
CREATE INDEX audit_entry_actor ON audit_entry (actor, seq);
CREATE INDEX audit_entry_object ON audit_entry (object, seq);
CREATE INDEX audit_entry_post ON audit_entry (post_id, seq);
CREATE INDEX audit_entry_at ON audit_entry (at, seq);

-- One row: where the chain ends. Appending transactions queue on it.
CREATE TABLE audit_head (
    id   BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    seq  BIGINT NOT NULL,
    hash BYTEA  NOT NULL
);
-- The chain starts from 32 zero bytes; an empty text stands for them, since
-- the engines write binary literals differently.
INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, '');
