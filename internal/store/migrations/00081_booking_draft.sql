-- +goose Up

-- What a person has typed into a form that spans several pages, sealed, until
-- it is sent or forgotten. id is a keyed hash of browser and form.
CREATE TABLE booking_draft (
    id       TEXT PRIMARY KEY,
    sealed   BYTEA NOT NULL,
    saved_at BIGINT NOT NULL
);
CREATE INDEX booking_draft_by_age ON booking_draft (saved_at);
