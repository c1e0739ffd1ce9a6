-- +goose Up
-- Room: internal/document/signkeys. Keys that sign documents, with their
-- certificates. sealed is empty where the key is kept elsewhere or was destroyed.
--   number      the serial number in hexadecimal
--   chain       certificates between the signer's and the authority's, DER
--   revoked_at  0 for a certificate that stands
CREATE TABLE sign_key (
    id          TEXT PRIMARY KEY,
    role        TEXT NOT NULL CHECK (role IN ('authority', 'signer')),
    number      TEXT NOT NULL,
    authority   TEXT NOT NULL,
    certificate BYTEA NOT NULL,
    chain       BYTEA NOT NULL,
    sealed      BYTEA NOT NULL,
    created_at  BIGINT NOT NULL,
    retired_at  BIGINT NOT NULL,
    revoked_at  BIGINT NOT NULL
);
CREATE UNIQUE INDEX sign_key_in_use ON sign_key (role) WHERE retired_at = 0;
CREATE UNIQUE INDEX sign_key_number ON sign_key (authority, number);
