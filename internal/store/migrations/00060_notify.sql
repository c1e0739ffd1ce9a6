-- +goose Up
-- E-mail waiting to be sent, written in the transaction that causes it. A row
-- holds no address and no text: both are made from ref when it is sent.
-- state: queued, sending (claimed until next_at), sent, dead.
CREATE TABLE outbox (
    id         TEXT PRIMARY KEY,
    kind       TEXT NOT NULL,
    ref        TEXT NOT NULL,
    lang       TEXT NOT NULL,
    data       TEXT NOT NULL,
    urgency    BIGINT NOT NULL,
    not_before BIGINT NOT NULL,
    attempts   BIGINT NOT NULL,
    next_at    BIGINT NOT NULL,
    state      TEXT NOT NULL,
    last_error TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    sent_at    BIGINT NOT NULL,
    dedup_key  TEXT UNIQUE
);
-- Urgent mail (urgency 0) overtakes a ballot's thousands of results.
CREATE INDEX outbox_waiting ON outbox (urgency, next_at) WHERE state IN ('queued', 'sending');
CREATE INDEX outbox_waiting_ref ON outbox (ref) WHERE state IN ('queued', 'sending');
CREATE INDEX outbox_settled ON outbox (state, next_at) WHERE state IN ('sent', 'dead');

-- The demonstration's mailbox: every mail that would have been sent, sealed.
CREATE TABLE demo_mail (
    id      TEXT PRIMARY KEY,
    sent_at BIGINT NOT NULL,
    sealed  BYTEA NOT NULL
);
CREATE INDEX demo_mail_newest ON demo_mail (sent_at, id);
