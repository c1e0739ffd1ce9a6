-- +goose Up

-- What an e-mail address shows about a booking without telling the address:
-- base_key is the mailbox without +tags, domain_key its domain when that is
-- not one of the large providers.
CREATE TABLE guard_trait (
    booking_id TEXT PRIMARY KEY,
    base_key   TEXT NOT NULL,
    domain_key TEXT NOT NULL,
    disposable BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX guard_trait_by_time ON guard_trait (created_at);

-- One officer proposes to void bookings, another one decides.
CREATE TABLE guard_case (
    id          TEXT PRIMARY KEY,
    post_id     TEXT NOT NULL,
    pattern     TEXT NOT NULL,
    reason      TEXT NOT NULL,
    note        TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('proposed', 'approved', 'rejected')),
    proposed_by TEXT NOT NULL,
    proposed_at BIGINT NOT NULL,
    decided_by  TEXT,
    decided_at  BIGINT NOT NULL,
    decision    TEXT NOT NULL,
    done_at     BIGINT NOT NULL,
    CHECK (decided_by IS NULL OR decided_by <> proposed_by),
    CHECK ((state = 'proposed') = (decided_by IS NULL))
);
CREATE INDEX guard_case_by_post ON guard_case (post_id, state, id);

-- pending_id repeats booking_id while nothing is decided, so that a booking
-- stands in one open case only.
CREATE TABLE guard_case_booking (
    case_id    TEXT NOT NULL REFERENCES guard_case (id),
    booking_id TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('pending', 'voided', 'kept', 'refused')),
    refusal    TEXT NOT NULL,
    pending_id TEXT UNIQUE,
    PRIMARY KEY (case_id, booking_id)
);
CREATE INDEX guard_case_by_booking ON guard_case_booking (booking_id, case_id);
