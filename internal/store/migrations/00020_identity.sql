-- +goose Up
-- Room: internal/identity. Tokens are stored as SHA-256 in hexadecimal.
CREATE TABLE staff (
    id            TEXT    NOT NULL PRIMARY KEY,
    user_name     TEXT    NOT NULL UNIQUE,
    email         TEXT    NOT NULL UNIQUE,
    display_name  TEXT    NOT NULL,
    password_hash TEXT    NOT NULL,
    totp_sealed   BYTEA,
    totp_step     BIGINT  NOT NULL,
    oidc_subject  TEXT    NOT NULL,
    disabled      BOOLEAN NOT NULL,
    created_at    BIGINT  NOT NULL
);
CREATE TABLE staff_grant (
    staff_id   TEXT   NOT NULL REFERENCES staff (id),
    role       TEXT   NOT NULL,
    post_id    TEXT   NOT NULL,
    granted_at BIGINT NOT NULL,
    PRIMARY KEY (staff_id, role, post_id)
);
CREATE TABLE staff_passkey (
    id            TEXT   NOT NULL PRIMARY KEY,
    staff_id      TEXT   NOT NULL REFERENCES staff (id),
    credential_id TEXT   NOT NULL UNIQUE,
    label         TEXT   NOT NULL,
    credential    TEXT   NOT NULL,
    created_at    BIGINT NOT NULL,
    used_at       BIGINT NOT NULL
);
CREATE INDEX staff_passkey_staff ON staff_passkey (staff_id);
CREATE TABLE staff_session (
    token_hash TEXT   NOT NULL PRIMARY KEY,
    id         TEXT   NOT NULL UNIQUE,
    staff_id   TEXT   NOT NULL REFERENCES staff (id),
    method     TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL
);
CREATE INDEX staff_session_staff ON staff_session (staff_id);
-- What must be remembered between two steps of a sign-in or a registration.
CREATE TABLE staff_ceremony (
    token_hash TEXT   NOT NULL PRIMARY KEY,
    kind       TEXT   NOT NULL,
    sealed     BYTEA  NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE TABLE staff_enrolment (
    token_hash  TEXT   NOT NULL PRIMARY KEY,
    staff_id    TEXT   NOT NULL REFERENCES staff (id),
    totp_sealed BYTEA  NOT NULL,
    expires_at  BIGINT NOT NULL
);
CREATE INDEX staff_enrolment_staff ON staff_enrolment (staff_id);
CREATE TABLE staff_throttle (
    throttle_key TEXT   NOT NULL PRIMARY KEY,
    tries        BIGINT NOT NULL,
    wait_until   BIGINT NOT NULL,
    last_at      BIGINT NOT NULL
);
