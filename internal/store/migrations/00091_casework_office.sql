-- +goose Up

-- Who gave the case to whom; the four-eyes rule asks for all of it.
CREATE TABLE case_assignment (
    id             TEXT PRIMARY KEY,
    application_id TEXT NOT NULL REFERENCES application (id),
    staff_id       TEXT NOT NULL,
    by_id          TEXT NOT NULL,
    at             BIGINT NOT NULL
);
CREATE INDEX case_assignment_by_application ON case_assignment (application_id, id);

-- What officers write for each other.
CREATE TABLE case_note (
    id             TEXT PRIMARY KEY,
    application_id TEXT NOT NULL REFERENCES application (id),
    staff_id       TEXT NOT NULL,
    sealed         BYTEA NOT NULL,
    at             BIGINT NOT NULL
);
CREATE INDEX case_note_by_application ON case_note (application_id, id);

-- A question to the person and its answer. pages are those that the person may
-- change with the answer.
CREATE TABLE case_question (
    id             TEXT PRIMARY KEY,
    application_id TEXT NOT NULL REFERENCES application (id),
    staff_id       TEXT NOT NULL,
    pages          TEXT NOT NULL,
    sealed         BYTEA NOT NULL,
    asked_at       BIGINT NOT NULL,
    answer         BYTEA,
    answered_at    BIGINT NOT NULL,
    closes_at      BIGINT NOT NULL
);
CREATE INDEX case_question_by_application ON case_question (application_id, id);
CREATE INDEX case_question_by_close ON case_question (closes_at);

-- What one officer proposes and another decides.
CREATE TABLE case_proposal (
    id             TEXT PRIMARY KEY,
    application_id TEXT NOT NULL REFERENCES application (id),
    outcome        TEXT NOT NULL CHECK (outcome IN ('granted', 'refused')),
    reasons        TEXT NOT NULL,
    sealed         BYTEA NOT NULL,
    proposed_by    TEXT NOT NULL,
    proposed_at    BIGINT NOT NULL,
    state          TEXT NOT NULL CHECK (state IN ('open', 'decided', 'sent-back')),
    ended_by       TEXT NOT NULL,
    ended_at       BIGINT NOT NULL,
    ended_note     BYTEA
);
CREATE INDEX case_proposal_by_application ON case_proposal (application_id, id);

-- What an application costs, settled when it is submitted.
CREATE TABLE case_fee (
    application_id TEXT PRIMARY KEY REFERENCES application (id),
    minor          BIGINT NOT NULL,
    currency       TEXT NOT NULL,
    basis          TEXT NOT NULL,
    state          TEXT NOT NULL CHECK (state IN ('due', 'paid', 'waived')),
    settled_at     BIGINT NOT NULL
);

CREATE TABLE case_payment (
    id             TEXT PRIMARY KEY,
    application_id TEXT NOT NULL REFERENCES application (id),
    provider       TEXT NOT NULL,
    provider_ref   TEXT NOT NULL,
    state          TEXT NOT NULL CHECK (state IN ('begun', 'paid', 'failed')),
    minor          BIGINT NOT NULL,
    currency       TEXT NOT NULL,
    begun_at       BIGINT NOT NULL,
    ended_at       BIGINT NOT NULL
);
CREATE INDEX case_payment_by_application ON case_payment (application_id, id);

-- Receipts are numbered by post and year without gaps, and never change.
CREATE TABLE receipt (
    post_id        TEXT NOT NULL,
    year           BIGINT NOT NULL,
    number         BIGINT NOT NULL,
    application_id TEXT NOT NULL,
    payment_id     TEXT NOT NULL UNIQUE,
    method         TEXT NOT NULL,
    minor          BIGINT NOT NULL,
    currency       TEXT NOT NULL,
    by_actor       TEXT NOT NULL,
    at             BIGINT NOT NULL,
    PRIMARY KEY (post_id, year, number)
);
CREATE INDEX receipt_by_application ON receipt (application_id);

CREATE TABLE receipt_year (
    post_id TEXT NOT NULL,
    year    BIGINT NOT NULL,
    last    BIGINT NOT NULL,
    PRIMARY KEY (post_id, year)
);

-- What is left of erased applications: counts that name nobody. month is that
-- of the submission, of the start for what was never submitted; days are
-- working days of the post from submission to decision, -1 without one.
CREATE TABLE case_trace (
    post_id     TEXT NOT NULL,
    service_id  TEXT NOT NULL,
    month       TEXT NOT NULL,
    nationality TEXT NOT NULL,
    purpose     TEXT NOT NULL,
    outcome     TEXT NOT NULL,
    days        BIGINT NOT NULL,
    count       BIGINT NOT NULL,
    PRIMARY KEY (post_id, service_id, month, nationality, purpose, outcome, days)
);
