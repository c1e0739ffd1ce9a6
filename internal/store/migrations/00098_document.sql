-- +goose Up

-- A paper or file that was issued and that anybody can check by its code.
--   shown     what it shows, sealed
--   digest    SHA-256 of salt and what it shows
--   file      the PDF, sealed, once it was made
--   file_key  keyed hash of the file's SHA-256
CREATE TABLE document (
    id            TEXT PRIMARY KEY,
    code          TEXT NOT NULL UNIQUE,
    kind          TEXT NOT NULL,
    layout        TEXT NOT NULL,
    act_id        TEXT NOT NULL,
    act_label     TEXT NOT NULL,
    lang          TEXT NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('in-force', 'superseded', 'annulled', 'revoked')),
    zone          TEXT NOT NULL,
    valid_from    TEXT NOT NULL,
    valid_until   TEXT NOT NULL,
    superseded_by TEXT NOT NULL,
    salt          BYTEA NOT NULL,
    digest        BYTEA NOT NULL,
    shown         BYTEA NOT NULL,
    file          BYTEA,
    file_key      TEXT NOT NULL,
    made_by       TEXT NOT NULL,
    issued_at     BIGINT NOT NULL,
    ended_at      BIGINT NOT NULL,
    CHECK ((state = 'in-force') = (ended_at = 0))
);
CREATE INDEX document_by_act ON document (act_id, id);
CREATE INDEX document_by_file ON document (file_key) WHERE file_key <> '';

-- How often a document was checked on a day (UTC); nobody who checks is known.
CREATE TABLE document_check (
    document_id TEXT NOT NULL REFERENCES document (id),
    day         TEXT NOT NULL,
    count       BIGINT NOT NULL,
    PRIMARY KEY (document_id, day)
);

-- Keys that sign seals: the authority's and its signers', with certificates.
-- sealed is empty where the key is kept elsewhere.
--   number  the serial number of a signer's certificate, 0 for an authority
CREATE TABLE seal_key (
    id          TEXT PRIMARY KEY,
    role        TEXT NOT NULL CHECK (role IN ('authority', 'signer')),
    number      BIGINT NOT NULL,
    authority   TEXT NOT NULL,
    certificate BYTEA NOT NULL,
    sealed      BYTEA NOT NULL,
    created_at  BIGINT NOT NULL,
    retired_at  BIGINT NOT NULL
);
CREATE UNIQUE INDEX seal_key_authority ON seal_key (role) WHERE role = 'authority' AND retired_at = 0;
CREATE UNIQUE INDEX seal_key_signer ON seal_key (role) WHERE role = 'signer' AND retired_at = 0;
CREATE UNIQUE INDEX seal_key_number ON seal_key (number) WHERE role = 'signer';
