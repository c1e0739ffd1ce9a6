-- +goose Up

-- The book writes a booking for every hold, thousands a second on a release
-- day, and each index and foreign key is paid for every time. The book alone
-- writes here, and checks slots itself; so no foreign key, no index by network,
-- and none of requests that have no key. SQLite cannot take a foreign key off a
-- table: it is written anew.
CREATE TABLE booking_lean (
    id           TEXT PRIMARY KEY,
    reference    TEXT NOT NULL,
    state        TEXT NOT NULL,
    slot_id      TEXT NOT NULL,
    post_id      TEXT NOT NULL,
    service_id   TEXT NOT NULL,
    places       BIGINT NOT NULL CHECK (places > 0),
    party        BIGINT NOT NULL CHECK (party > 0),
    from_reserve BIGINT NOT NULL,
    bound        BOOLEAN NOT NULL,
    sealed       BYTEA,
    email_key    TEXT NOT NULL,
    network_key  TEXT NOT NULL,
    browser_key  TEXT NOT NULL,
    lang         TEXT NOT NULL,
    zone         TEXT NOT NULL,
    channel      TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    confirmed_at BIGINT NOT NULL,
    ended_at     BIGINT NOT NULL,
    code_serial  BIGINT NOT NULL,
    code_tries   BIGINT NOT NULL,
    moves        BIGINT NOT NULL,
    move_by      BIGINT NOT NULL,
    request_key  TEXT
);
INSERT INTO booking_lean SELECT id, reference, state, slot_id, post_id, service_id, places, party, from_reserve, bound, sealed, email_key, network_key,
    browser_key, lang, zone, channel, created_at, expires_at, confirmed_at, ended_at, code_serial, code_tries, moves, move_by, request_key FROM booking;
DROP TABLE booking;
ALTER TABLE booking_lean RENAME TO booking;
CREATE UNIQUE INDEX booking_by_reference ON booking (reference);
CREATE UNIQUE INDEX booking_by_request ON booking (request_key) WHERE request_key IS NOT NULL;
CREATE INDEX booking_by_slot ON booking (slot_id, id);
CREATE INDEX booking_held ON booking (expires_at) WHERE state = 'held';
CREATE INDEX booking_by_email ON booking (email_key) WHERE email_key <> '';
CREATE INDEX booking_by_creation ON booking (created_at);

-- Each hold and confirmation also leaves mail here. Nothing was ever looked up
-- by what it is about, nor kept from being sent twice by a key.
CREATE TABLE outbox_lean (
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
    sent_at    BIGINT NOT NULL
);
INSERT INTO outbox_lean SELECT id, kind, ref, lang, data, urgency, not_before, attempts, next_at, state, last_error, created_at, sent_at FROM outbox;
DROP TABLE outbox;
ALTER TABLE outbox_lean RENAME TO outbox;
CREATE INDEX outbox_waiting ON outbox (urgency, next_at) WHERE state IN ('queued', 'sending');
CREATE INDEX outbox_settled ON outbox (state, next_at) WHERE state IN ('sent', 'dead');
