-- +goose Up

-- A ballot: entries over days, then a draw that anybody can run again. The
-- seed stays sealed until the draw; its commitment is public from the start.
CREATE TABLE ballot (
    id                TEXT PRIMARY KEY,
    post_id           TEXT NOT NULL,
    service_id        TEXT NOT NULL,
    title             TEXT NOT NULL,
    state             TEXT NOT NULL CHECK (state IN ('announced', 'open', 'closed', 'drawn')),
    opens_at          BIGINT NOT NULL,
    closes_at         BIGINT NOT NULL,
    draws_at          BIGINT NOT NULL,
    seed_sealed       BYTEA NOT NULL,
    commitment        TEXT NOT NULL,
    randomness_source TEXT NOT NULL,
    randomness_at     BIGINT NOT NULL,
    randomness_value  TEXT NOT NULL,
    merkle_root       TEXT NOT NULL,
    closed_at         BIGINT NOT NULL,
    revealed_at       BIGINT NOT NULL,
    settled_at        BIGINT NOT NULL,
    forgotten_at      BIGINT NOT NULL,
    created_at        BIGINT NOT NULL,
    CHECK (opens_at < closes_at AND closes_at <= draws_at)
);
CREATE INDEX ballot_by_state ON ballot (state, id);
CREATE INDEX ballot_by_post ON ballot (post_id, service_id, id);

-- number is public, everything else about the people is not.
CREATE TABLE ballot_entry (
    id           TEXT PRIMARY KEY,
    ballot_id    TEXT NOT NULL REFERENCES ballot (id),
    number       TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('unconfirmed', 'entered', 'withdrawn', 'won', 'lost', 'lapsed')),
    places       BIGINT NOT NULL CHECK (places > 0),
    wants        TEXT NOT NULL,
    person_keys  TEXT NOT NULL,
    sealed       BYTEA,
    email_key    TEXT NOT NULL,
    network_key  TEXT NOT NULL,
    lang         TEXT NOT NULL,
    zone         TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    proven_at    BIGINT NOT NULL,
    code_serial  BIGINT NOT NULL,
    code_tries   BIGINT NOT NULL,
    code_sent_at BIGINT NOT NULL,
    slot_id      TEXT NOT NULL,
    booking_id   TEXT NOT NULL,
    request_key  TEXT UNIQUE,
    UNIQUE (ballot_id, number)
);
CREATE INDEX ballot_entry_by_state ON ballot_entry (ballot_id, state, id);

-- One confirmed entry per person and ballot.
CREATE TABLE ballot_person (
    ballot_id  TEXT NOT NULL REFERENCES ballot (id),
    person_key TEXT NOT NULL,
    entry_id   TEXT NOT NULL REFERENCES ballot_entry (id),
    PRIMARY KEY (ballot_id, person_key)
);
CREATE INDEX ballot_person_by_entry ON ballot_person (entry_id);

-- What was published at close and after the draw, byte for byte.
CREATE TABLE ballot_file (
    ballot_id TEXT NOT NULL REFERENCES ballot (id),
    stage     TEXT NOT NULL,
    body      TEXT NOT NULL,
    PRIMARY KEY (ballot_id, stage)
);
