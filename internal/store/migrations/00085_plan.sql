-- +goose Up

-- Where a post's plan stands: its newest revision, and the last local day for
-- which slots were made. The row is what two editors of one plan queue on.
CREATE TABLE plan_post (
    post_id  TEXT PRIMARY KEY,
    revision BIGINT NOT NULL,
    made_to  TEXT NOT NULL
);

-- Every state of a plan, whole: its weekly rules and exceptions are one JSON
-- document, so that what was in force on any day can be read as it was.
CREATE TABLE plan_revision (
    post_id  TEXT NOT NULL REFERENCES plan_post (post_id),
    number   BIGINT NOT NULL,
    actor    TEXT NOT NULL,
    saved_at BIGINT NOT NULL,
    change   TEXT NOT NULL,
    plan     TEXT NOT NULL,
    PRIMARY KEY (post_id, number)
);

-- Who must move, the most pressing first.
CREATE INDEX booking_must_move ON booking (post_id, move_by, id) WHERE move_by > 0;

-- What is kept for somebody: an entry of the waiting list, or 'move:' and a
-- booking that must move.
CREATE INDEX lot_by_entry ON lot (entry_id, release_at) WHERE entry_id <> '';
