-- +goose Up

-- An official entry in a register. Its content is sealed and never changes; a
-- correction is an entry of its own that supersedes it.
--   number   from 1, without gaps within register, post and year
--   serial   from 1, without gaps within register; stands in machine-readable zones
--   source   what it was made from, such as "application:0197…"
CREATE TABLE act (
    id            TEXT PRIMARY KEY,
    register      TEXT NOT NULL CHECK (register IN ('visa')),
    post_id       TEXT NOT NULL,
    year          BIGINT NOT NULL,
    number        BIGINT NOT NULL,
    serial        BIGINT NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('in-force', 'corrected', 'annulled', 'revoked')),
    source        TEXT NOT NULL,
    supersedes    TEXT NOT NULL,
    superseded_by TEXT NOT NULL,
    sealed        BYTEA NOT NULL,
    photo         BYTEA,
    made_by       TEXT NOT NULL,
    made_at       BIGINT NOT NULL,
    ended_at      BIGINT NOT NULL,
    UNIQUE (register, post_id, year, number),
    UNIQUE (register, serial),
    CHECK ((state = 'in-force') = (ended_at = 0)),
    CHECK ((state = 'corrected') = (superseded_by <> ''))
);
CREATE INDEX act_by_post ON act (register, post_id, id);
CREATE INDEX act_by_source ON act (source, id);
CREATE UNIQUE INDEX act_in_force ON act (register, source) WHERE state = 'in-force' AND source <> '';

-- The last number that was given out; post '*' and year 0 count the serials.
CREATE TABLE act_count (
    register TEXT NOT NULL,
    post_id  TEXT NOT NULL,
    year     BIGINT NOT NULL,
    last     BIGINT NOT NULL,
    PRIMARY KEY (register, post_id, year)
);

-- Keyed hashes by which entries are found: document numbers, words of names.
CREATE TABLE act_key (
    kind   TEXT NOT NULL CHECK (kind IN ('document', 'name')),
    key    TEXT NOT NULL,
    act_id TEXT NOT NULL REFERENCES act (id),
    PRIMARY KEY (kind, key, act_id)
);

-- What one officer proposes to end an entry, and what another decided.
CREATE TABLE act_proposal (
    id          TEXT PRIMARY KEY,
    act_id      TEXT NOT NULL REFERENCES act (id),
    kind        TEXT NOT NULL CHECK (kind IN ('annul', 'revoke')),
    ground      TEXT NOT NULL,
    sealed      BYTEA NOT NULL,
    proposed_by TEXT NOT NULL,
    proposed_at BIGINT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('open', 'carried', 'rejected')),
    decided_by  TEXT NOT NULL,
    decided_at  BIGINT NOT NULL,
    note        BYTEA,
    CHECK ((state = 'open') = (decided_by = '')),
    CHECK (state <> 'carried' OR decided_by <> proposed_by)
);
CREATE INDEX act_proposal_by_act ON act_proposal (act_id, id);
CREATE UNIQUE INDEX act_proposal_open ON act_proposal (act_id) WHERE state = 'open';

-- What happened to an entry, with the reason; rows are only ever added.
CREATE TABLE act_event (
    id     TEXT PRIMARY KEY,
    act_id TEXT NOT NULL REFERENCES act (id),
    kind   TEXT NOT NULL,
    actor  TEXT NOT NULL,
    at     BIGINT NOT NULL,
    sealed BYTEA
);
CREATE INDEX act_event_by_act ON act_event (act_id, id);
