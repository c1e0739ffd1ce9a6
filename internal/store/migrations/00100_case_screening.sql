-- +goose Up

-- With which check, and against which versions of the lists, the person of a
-- submission was compared. check_id is '' when the answers name nobody.
CREATE TABLE case_screening (
    application_id TEXT NOT NULL REFERENCES application (id),
    submission     BIGINT NOT NULL,
    lists          TEXT NOT NULL,
    check_id       TEXT NOT NULL,
    at             BIGINT NOT NULL,
    PRIMARY KEY (application_id, submission, lists)
);
