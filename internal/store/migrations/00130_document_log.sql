-- +goose Up
-- Room: internal/document/verify. Where the public log (transparency) says that
-- a document was issued, and that it was ended; -1 when it does not.
ALTER TABLE document ADD COLUMN log_index BIGINT NOT NULL DEFAULT -1;
ALTER TABLE document ADD COLUMN log_ended BIGINT NOT NULL DEFAULT -1;
