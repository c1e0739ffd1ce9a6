-- +goose Up

-- Every version of a questionnaire that an application was ever started with,
-- as the catalogue had it: what the person saw is what the officer sees.
CREATE TABLE questionnaire_version (
    service_id TEXT NOT NULL,
    version    TEXT NOT NULL,
    source     TEXT NOT NULL,
    first_used BIGINT NOT NULL,
    PRIMARY KEY (service_id, version)
);

-- One request for a service. data_key is a random key, sealed by the key ring;
-- everything sealed about the application is sealed with it, so without it
-- nothing of that can be read again by anybody. Erased rows keep no reference,
-- nationality or purpose.
--   month       local YYYY-MM of the submission, of the start before it
--   days_left   working days left to decide, while the person is asked
--   days_taken  working days from the submission to the decision, -1 without one
--   erase_at    when the row's time is over, 0 while that is open
CREATE TABLE application (
    id              TEXT PRIMARY KEY,
    reference       TEXT NOT NULL UNIQUE,
    service_id      TEXT NOT NULL,
    post_id         TEXT NOT NULL,
    version         TEXT NOT NULL,
    lang            TEXT NOT NULL,
    channel         TEXT NOT NULL CHECK (channel IN ('web', 'api', 'staff')),
    state           TEXT NOT NULL CHECK (state IN ('draft', 'submitted', 'asked', 'answered', 'screened', 'examined', 'proposed',
                    'granted', 'refused', 'issued', 'collected', 'withdrawn', 'lapsed', 'erased')),
    data_key        BYTEA,
    contact         BYTEA,
    summary         BYTEA,
    email_key       TEXT NOT NULL,
    email_proven_at BIGINT NOT NULL,
    group_id        TEXT NOT NULL,
    nationality     TEXT NOT NULL,
    purpose         TEXT NOT NULL,
    assignee        TEXT NOT NULL,
    submission      BIGINT NOT NULL,
    proposal_id     TEXT NOT NULL,
    outcome         TEXT NOT NULL CHECK (outcome IN ('', 'granted', 'refused')),
    interview       TEXT NOT NULL,
    issued_as       TEXT NOT NULL,
    due_date        TEXT NOT NULL,
    days_left       BIGINT NOT NULL,
    created_at      BIGINT NOT NULL,
    saved_at        BIGINT NOT NULL,
    submitted_at    BIGINT NOT NULL,
    asked_at        BIGINT NOT NULL,
    decided_at      BIGINT NOT NULL,
    ended_at        BIGINT NOT NULL,
    erase_at        BIGINT NOT NULL,
    month           TEXT NOT NULL,
    days_taken      BIGINT NOT NULL,
    code_serial     BIGINT NOT NULL,
    code_tries      BIGINT NOT NULL,
    code_sent_at    BIGINT NOT NULL,
    codes_since     BIGINT NOT NULL,
    codes_count     BIGINT NOT NULL
);
CREATE INDEX application_by_due ON application (post_id, due_date, id);
CREATE INDEX application_by_erasure ON application (erase_at, id);
CREATE INDEX application_by_month ON application (month, post_id);

-- A page's answers while they can be changed.
CREATE TABLE application_page (
    application_id TEXT NOT NULL REFERENCES application (id),
    page           TEXT NOT NULL,
    version        BIGINT NOT NULL,
    sealed         BYTEA NOT NULL,
    saved_at       BIGINT NOT NULL,
    PRIMARY KEY (application_id, page)
);

-- What was submitted, each time: answers to a question make a new one.
CREATE TABLE application_submission (
    application_id TEXT NOT NULL REFERENCES application (id),
    number         BIGINT NOT NULL,
    sealed         BYTEA NOT NULL,
    submitted_at   BIGINT NOT NULL,
    PRIMARY KEY (application_id, number)
);

-- A browser that has shown that it may see the application.
CREATE TABLE application_access (
    token_key      TEXT PRIMARY KEY,
    application_id TEXT NOT NULL REFERENCES application (id),
    expires_at     BIGINT NOT NULL
);
CREATE INDEX application_access_by_end ON application_access (expires_at);
CREATE INDEX application_access_by_application ON application_access (application_id);

-- What the applications of one person, mailbox or group have in common.
CREATE TABLE application_key (
    application_id TEXT NOT NULL REFERENCES application (id),
    kind           TEXT NOT NULL CHECK (kind IN ('person', 'email', 'group')),
    key            TEXT NOT NULL,
    PRIMARY KEY (application_id, kind, key)
);
CREATE INDEX application_key_by_key ON application_key (kind, key, application_id);

CREATE TABLE application_file (
    id             TEXT PRIMARY KEY,
    application_id TEXT NOT NULL REFERENCES application (id),
    question       TEXT NOT NULL,
    message_id     TEXT NOT NULL,
    media_type     TEXT NOT NULL,
    size           BIGINT NOT NULL,
    name           BYTEA NOT NULL,
    content        BYTEA NOT NULL,
    created_at     BIGINT NOT NULL
);
CREATE INDEX application_file_by_application ON application_file (application_id, id);

-- What happened, in order; no personal data.
CREATE TABLE application_event (
    id             TEXT PRIMARY KEY,
    application_id TEXT NOT NULL REFERENCES application (id),
    kind           TEXT NOT NULL,
    actor          TEXT NOT NULL,
    state          TEXT NOT NULL,
    at             BIGINT NOT NULL
);
CREATE INDEX application_event_by_application ON application_event (application_id, id);
