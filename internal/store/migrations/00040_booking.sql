-- +goose Up

-- A group of services that share the places of a slot; group_id is the sorted
-- service ids joined by '+'.
CREATE TABLE slot_group_service (
    group_id   TEXT NOT NULL,
    service_id TEXT NOT NULL,
    PRIMARY KEY (group_id, service_id)
);
CREATE INDEX slot_group_by_service ON slot_group_service (service_id, group_id);

-- places = taken + withheld + reserved + free. planned is what the plan asks
-- for; places may stand above it while people who must move still sit there.
CREATE TABLE slot (
    id         TEXT PRIMARY KEY,
    post_id    TEXT NOT NULL,
    group_id   TEXT NOT NULL,
    rule_id    TEXT NOT NULL,
    local_date TEXT NOT NULL,
    local_time TEXT NOT NULL,
    starts_at  BIGINT NOT NULL,
    ends_at    BIGINT NOT NULL,
    planned    BIGINT NOT NULL CHECK (planned >= 0),
    places     BIGINT NOT NULL CHECK (places >= 0),
    taken      BIGINT NOT NULL CHECK (taken >= 0),
    withheld   BIGINT NOT NULL CHECK (withheld >= 0),
    reserved   BIGINT NOT NULL CHECK (reserved >= 0),
    opens_at   BIGINT NOT NULL,
    ballot_id  TEXT NOT NULL,
    UNIQUE (rule_id, local_date, local_time),
    CHECK (taken + withheld + reserved <= places)
);
CREATE INDEX slot_by_post_time ON slot (post_id, starts_at, id);
CREATE INDEX slot_by_ballot ON slot (ballot_id) WHERE ballot_id <> '';

-- One row from the hold to the end; sealed holds names, documents and e-mail.
CREATE TABLE booking (
    id           TEXT PRIMARY KEY,
    reference    TEXT NOT NULL UNIQUE,
    state        TEXT NOT NULL,
    slot_id      TEXT NOT NULL REFERENCES slot (id),
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
    request_key  TEXT UNIQUE
);
CREATE INDEX booking_by_slot ON booking (slot_id, id);
CREATE INDEX booking_held ON booking (expires_at) WHERE state = 'held';
CREATE INDEX booking_by_network ON booking (network_key, created_at);
CREATE INDEX booking_by_email ON booking (email_key, created_at);

-- One active booking per person and service. person_key is a keyed hash of
-- document number, birth date and nationality ('p:'); 'b:' claims are a
-- browser's unnamed hold.
CREATE TABLE claim (
    person_key TEXT NOT NULL,
    service_id TEXT NOT NULL,
    holder_id  TEXT NOT NULL,
    PRIMARY KEY (person_key, service_id)
);
CREATE INDEX claim_by_holder ON claim (holder_id);

-- Places that came back, free again at a moment that nobody can foresee.
CREATE TABLE lot (
    id               TEXT PRIMARY KEY,
    slot_id          TEXT NOT NULL REFERENCES slot (id),
    post_id          TEXT NOT NULL,
    places           BIGINT NOT NULL CHECK (places > 0),
    release_at       BIGINT NOT NULL
);
CREATE INDEX lot_by_slot ON lot (slot_id);
CREATE INDEX lot_by_release ON lot (release_at);

-- The no-show policy's memory: misses in a row, and until when booking is
-- paused for the person and service.
CREATE TABLE standing (
    person_key   TEXT NOT NULL,
    service_id   TEXT NOT NULL,
    misses       BIGINT NOT NULL,
    paused_until BIGINT NOT NULL,
    PRIMARY KEY (person_key, service_id)
);
