-- +goose Up

-- When the person was last missed: older misses do not count for ever.
ALTER TABLE standing ADD COLUMN missed_at BIGINT NOT NULL DEFAULT 0;

-- A post's day. Its row is locked by every change of the queue, so that two
-- screens never act on the same ticket; version grows with each change.
CREATE TABLE queue_day (
    post_id    TEXT NOT NULL,
    local_date TEXT NOT NULL,
    version    BIGINT NOT NULL,
    closed_at  BIGINT NOT NULL,
    PRIMARY KEY (post_id, local_date)
);

-- One person's (or party's) turn on one day, from the door to the end. This
-- table is also what figures are computed from; instants are unix ms, 0 for
-- "not yet".
--   state    waiting, called, serving, finished, missed (called and did not
--            come), withdrawn (checked in or ticketed by mistake)
--   number   what the paper and the board show: "A012" for a walk-in, "B003"
--            for an appointment; gapless per post, day and series
--   booking_id       '' for a walk-in
--   counter_id       where it was called last, '' before that
--   wanted_counter   set by a transfer: only this counter calls it
--   appointment_at   start of the slot, 0 for a walk-in
--   turn_at          when its turn is: see docs/decisions/0007-queue.md
--   rest_until       put back: others first until then
--   called_at        the first call; last_called_at the latest one
--   outcome          done, incomplete, referred; '' before the end
CREATE TABLE queue_ticket (
    id             TEXT PRIMARY KEY,
    post_id        TEXT NOT NULL,
    local_date     TEXT NOT NULL,
    series         TEXT NOT NULL,
    serial         BIGINT NOT NULL CHECK (serial > 0),
    number         TEXT NOT NULL,
    booking_id     TEXT NOT NULL,
    service_id     TEXT NOT NULL,
    party          BIGINT NOT NULL CHECK (party > 0),
    state          TEXT NOT NULL,
    priority       BOOLEAN NOT NULL,
    counter_id     TEXT NOT NULL,
    wanted_counter TEXT NOT NULL,
    appointment_at BIGINT NOT NULL,
    arrived_at     BIGINT NOT NULL,
    turn_at        BIGINT NOT NULL,
    rest_until     BIGINT NOT NULL,
    called_at      BIGINT NOT NULL,
    last_called_at BIGINT NOT NULL,
    calls          BIGINT NOT NULL,
    served_at      BIGINT NOT NULL,
    finished_at    BIGINT NOT NULL,
    outcome        TEXT NOT NULL,
    UNIQUE (post_id, local_date, series, serial)
);
CREATE INDEX queue_ticket_by_day ON queue_ticket (post_id, local_date, state);
CREATE UNIQUE INDEX queue_ticket_by_booking ON queue_ticket (booking_id, local_date) WHERE booking_id <> '';
-- A counter has one person at a time.
CREATE UNIQUE INDEX queue_ticket_at_counter ON queue_ticket (counter_id) WHERE state IN ('called', 'serving');

-- Every step of every ticket, never changed: who, when, and the row as it was
-- before (JSON), which is what undoing goes back to.
CREATE TABLE queue_step (
    id         TEXT PRIMARY KEY,
    ticket_id  TEXT NOT NULL REFERENCES queue_ticket (id),
    post_id    TEXT NOT NULL,
    local_date TEXT NOT NULL,
    version    BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    actor      TEXT NOT NULL,
    kind       TEXT NOT NULL,
    counter_id TEXT NOT NULL,
    before     TEXT NOT NULL,
    UNIQUE (post_id, local_date, version)
);
CREATE INDEX queue_step_by_ticket ON queue_step (ticket_id, version);

-- Who sits at which counter.
CREATE TABLE queue_desk (
    counter_id TEXT PRIMARY KEY,
    post_id    TEXT NOT NULL,
    staff_id   TEXT NOT NULL,
    staff_name TEXT NOT NULL,
    since      BIGINT NOT NULL
);
CREATE UNIQUE INDEX queue_desk_by_staff ON queue_desk (staff_id, post_id);
