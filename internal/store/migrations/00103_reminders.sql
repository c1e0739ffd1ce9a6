-- Reminders are found when they are due, by the slots that come near, instead of
-- lying in the outbox from the confirmation on: two rows less for each booking.
-- A mark says up to which moment each kind was sent.
-- +goose Up
CREATE TABLE reminder_mark (
    kind    TEXT PRIMARY KEY,
    reached BIGINT NOT NULL
);
INSERT INTO reminder_mark (kind, reached)
    SELECT kind, MIN(not_before) - 1 FROM outbox WHERE kind IN ('reminder-7d', 'reminder-1d') AND state = 'queued' GROUP BY kind;
DELETE FROM outbox WHERE kind IN ('reminder-7d', 'reminder-1d') AND state = 'queued';
CREATE INDEX slot_by_start ON slot (starts_at);

-- An index that does not name the state: PostgreSQL can then confirm a hold
-- without touching any index.
DROP INDEX booking_held;
CREATE INDEX booking_by_expiry ON booking (expires_at);
