-- +goose Up

-- People who wait for places that come back, with an e-mail address that is
-- proven from 'waiting' on. While 'offered', the lot named here is theirs to
-- accept until offer_expires_at. sealed holds names, documents and e-mail.
CREATE TABLE waiting_entry (
    id               TEXT PRIMARY KEY,
    reference        TEXT NOT NULL UNIQUE,
    state            TEXT NOT NULL,
    post_id          TEXT NOT NULL,
    service_id       TEXT NOT NULL,
    from_date        TEXT NOT NULL,
    to_date          TEXT NOT NULL,
    places           BIGINT NOT NULL CHECK (places > 0),
    party            BIGINT NOT NULL CHECK (party > 0),
    sealed           BYTEA,
    email_key        TEXT NOT NULL,
    network_key      TEXT NOT NULL,
    lang             TEXT NOT NULL,
    zone             TEXT NOT NULL,
    created_at       BIGINT NOT NULL,
    expires_at       BIGINT NOT NULL,
    joined_at        BIGINT NOT NULL,
    ended_at         BIGINT NOT NULL,
    code_serial      BIGINT NOT NULL,
    code_tries       BIGINT NOT NULL,
    missed           BIGINT NOT NULL,
    lot_id           TEXT NOT NULL,
    offer_slot       TEXT NOT NULL,
    offer_expires_at BIGINT NOT NULL,
    booking_id       TEXT NOT NULL,
    request_key      TEXT UNIQUE
);
CREATE INDEX waiting_in_turn ON waiting_entry (post_id, service_id, joined_at, id) WHERE state = 'waiting';
CREATE INDEX waiting_by_offer ON waiting_entry (offer_expires_at) WHERE state = 'offered';
CREATE INDEX waiting_unproven ON waiting_entry (expires_at) WHERE state = 'unproven';

-- Every offer that was made: nobody is offered the same slot twice, and the
-- entry's page can say how many places came back and who got them.
CREATE TABLE waiting_offer (
    entry_id   TEXT NOT NULL REFERENCES waiting_entry (id),
    slot_id    TEXT NOT NULL REFERENCES slot (id),
    places     BIGINT NOT NULL,
    offered_at BIGINT NOT NULL,
    PRIMARY KEY (entry_id, slot_id)
);
CREATE INDEX waiting_offer_by_slot ON waiting_offer (slot_id);

-- The entry to which a lot is offered; '' for none.
ALTER TABLE lot ADD COLUMN entry_id TEXT NOT NULL DEFAULT '';
