-- +goose Up

-- One comparison of a person with all lists: who was compared, with which
-- versions, by which rules. sealed is empty once the person was forgotten.
CREATE TABLE screening_check (
    id         TEXT PRIMARY KEY,
    ref        TEXT NOT NULL,
    post_id    TEXT NOT NULL,
    made_at    BIGINT NOT NULL,
    actor      TEXT NOT NULL,
    rules      TEXT NOT NULL,
    versions   TEXT NOT NULL,
    hits       BIGINT NOT NULL,
    person_key TEXT NOT NULL,
    sealed     BYTEA NOT NULL
);
CREATE INDEX screening_check_by_ref ON screening_check (ref, id);

-- An entry that came close in a check. person_key and entry_key say which two,
-- basis_key with what on both sides: the pair that was cleared once on the same
-- grounds need not be judged again.
CREATE TABLE screening_hit (
    id           TEXT PRIMARY KEY,
    check_id     TEXT NOT NULL REFERENCES screening_check (id),
    ref          TEXT NOT NULL,
    post_id      TEXT NOT NULL,
    list         TEXT NOT NULL,
    entry_key    TEXT NOT NULL,
    since        BIGINT NOT NULL,
    score        BIGINT NOT NULL,
    strong       BOOLEAN NOT NULL,
    person_key   TEXT NOT NULL,
    basis_key    TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('open', 'judged', 'settled', 'cleared-earlier')),
    verdict      TEXT NOT NULL CHECK (verdict IN ('', 'same', 'other')),
    earlier_id   TEXT NOT NULL,
    made_at      BIGINT NOT NULL,
    judged_by    TEXT,
    judged_at    BIGINT NOT NULL,
    confirmed_by TEXT,
    confirmed_at BIGINT NOT NULL,
    sealed       BYTEA NOT NULL,
    CHECK (confirmed_by IS NULL OR judged_by IS NOT NULL AND confirmed_by <> judged_by),
    CHECK ((state = 'settled') = (confirmed_by IS NOT NULL))
);
CREATE INDEX screening_hit_by_check ON screening_hit (check_id, id);
CREATE INDEX screening_hit_by_ref ON screening_hit (ref, id);
CREATE INDEX screening_hit_worklist ON screening_hit (post_id, state, id);
CREATE INDEX screening_hit_by_pair ON screening_hit (person_key, entry_key, state);

-- What officers said about a hit; rows are only ever added.
CREATE TABLE screening_judgement (
    id      TEXT PRIMARY KEY,
    hit_id  TEXT NOT NULL REFERENCES screening_hit (id),
    number  BIGINT NOT NULL,
    step    TEXT NOT NULL CHECK (step IN ('judge', 'confirm', 'return')),
    verdict TEXT NOT NULL CHECK (verdict IN ('same', 'other')),
    actor   TEXT NOT NULL,
    said_at BIGINT NOT NULL,
    sealed  BYTEA NOT NULL,
    UNIQUE (hit_id, number)
);
