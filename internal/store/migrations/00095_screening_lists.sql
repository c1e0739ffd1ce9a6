-- +goose Up

-- Every state of a watch list has a number; nothing of an earlier one is lost.
CREATE TABLE screening_version (
    list    TEXT NOT NULL,
    number  BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    actor   TEXT NOT NULL,
    change  TEXT NOT NULL CHECK (change IN ('import', 'add', 'remove')),
    source  TEXT NOT NULL,
    reason  TEXT NOT NULL,
    added   BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    removed BIGINT NOT NULL,
    total   BIGINT NOT NULL,
    PRIMARY KEY (list, number)
);
CREATE INDEX screening_version_by_time ON screening_version (list, made_at);

-- An entry as it stood from version since until before version until; 0 is
-- still. entry_key is a keyed hash of the entry's identifier, digest one of its
-- content.
CREATE TABLE screening_entry (
    list      TEXT NOT NULL,
    entry_key TEXT NOT NULL,
    since     BIGINT NOT NULL,
    until     BIGINT NOT NULL,
    digest    TEXT NOT NULL,
    sealed    BYTEA NOT NULL,
    PRIMARY KEY (list, entry_key, since)
);
CREATE UNIQUE INDEX screening_entry_current ON screening_entry (list, entry_key) WHERE until = 0;
CREATE INDEX screening_entry_ended ON screening_entry (list, until) WHERE until > 0;

-- A file that was looked through and waits to be taken over by who sent it.
CREATE TABLE screening_upload (
    id      TEXT PRIMARY KEY,
    list    TEXT NOT NULL,
    actor   TEXT NOT NULL,
    sent_at BIGINT NOT NULL,
    name    TEXT NOT NULL,
    sealed  BYTEA NOT NULL
);
CREATE INDEX screening_upload_by_actor ON screening_upload (actor, sent_at);
