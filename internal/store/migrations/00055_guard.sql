-- +goose Up

-- Proofs that were used once, until they would expire anyway.
CREATE TABLE guard_spent (
    proof      TEXT PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX guard_spent_by_expiry ON guard_spent (expires_at);

-- How often something was asked in a window of time; bucket is a kind and a
-- keyed hash, such as "hold.network:3f…".
CREATE TABLE guard_count (
    bucket     TEXT NOT NULL,
    window_at  BIGINT NOT NULL,
    n          BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (bucket, window_at)
);
CREATE INDEX guard_count_by_expiry ON guard_count (expires_at);
