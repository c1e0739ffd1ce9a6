-- +goose Up
-- Posts and what belongs to them. Texts that people read are JSON objects by
-- BCP 47 language; services are a JSON list of the catalogue's identifiers.
CREATE TABLE post (
    id                     TEXT PRIMARY KEY,
    type                   TEXT NOT NULL,
    name                   TEXT NOT NULL,
    city                   TEXT NOT NULL,
    country                TEXT NOT NULL,
    address                TEXT NOT NULL,
    latitude               DOUBLE PRECISION NOT NULL,
    longitude              DOUBLE PRECISION NOT NULL,
    zone                   TEXT NOT NULL,
    phone                  TEXT NOT NULL,
    email                  TEXT NOT NULL,
    opening                TEXT NOT NULL,
    services               TEXT NOT NULL,
    minimum_notice_minutes BIGINT NOT NULL,
    horizon_days           BIGINT NOT NULL,
    active                 BOOLEAN NOT NULL,
    version                BIGINT NOT NULL
);

CREATE TABLE counter (
    id       TEXT PRIMARY KEY,
    post_id  TEXT NOT NULL REFERENCES post (id),
    label    TEXT NOT NULL,
    services TEXT NOT NULL,
    active   BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX counter_label ON counter (post_id, label);

-- One row a day: a day that is a holiday twice over is still one closed day.
CREATE TABLE holiday (
    post_id    TEXT NOT NULL REFERENCES post (id),
    local_date TEXT NOT NULL,
    name       TEXT NOT NULL,
    source     TEXT NOT NULL,
    PRIMARY KEY (post_id, local_date)
);

-- Both days are included.
CREATE TABLE closure (
    id        TEXT PRIMARY KEY,
    post_id   TEXT NOT NULL REFERENCES post (id),
    from_date TEXT NOT NULL,
    to_date   TEXT NOT NULL,
    reason    TEXT NOT NULL
);
CREATE INDEX closure_post ON closure (post_id, from_date);

-- From one instant to another, the second not included.
CREATE TABLE absence (
    id         TEXT PRIMARY KEY,
    post_id    TEXT NOT NULL REFERENCES post (id),
    counter_id TEXT NOT NULL REFERENCES counter (id),
    starts_at  BIGINT NOT NULL,
    ends_at    BIGINT NOT NULL,
    note       TEXT NOT NULL
);
CREATE INDEX absence_post ON absence (post_id, ends_at);
