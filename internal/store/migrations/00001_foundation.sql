-- +goose Up
-- Small facts that a room keeps once, such as the demonstration data's date.
CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
