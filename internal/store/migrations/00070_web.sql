-- +goose Up
-- The first answer to each API request that came with an Idempotency-Key.
-- key_hash is a keyed hash of the key and of who sent it. status 0 means that
-- the first request is still being answered, until locked_until at most.
-- body is sealed: answers hold personal data and links with tokens.
CREATE TABLE idempotency (
    key_hash     TEXT PRIMARY KEY,
    route        TEXT NOT NULL,
    body_hash    TEXT NOT NULL,
    status       BIGINT NOT NULL,
    headers      TEXT NOT NULL,
    body         BYTEA,
    created_at   BIGINT NOT NULL,
    locked_until BIGINT NOT NULL
);
CREATE INDEX idempotency_created ON idempotency (created_at);
