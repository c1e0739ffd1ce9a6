-- +goose Up

-- How far away the next free place was, looked at once a day at or soon after
-- nine o'clock on the post's clock. What was free on a past morning cannot be
-- computed afterwards: bookings move.
--   next_date  local day of the first slot with enough places for one person,
--              '' when there was none
--   days       from local_date to next_date, -1 when there was none
--   free       places free in all bookable slots of the service
CREATE TABLE lookback_lead (
    post_id    TEXT NOT NULL,
    service_id TEXT NOT NULL,
    local_date TEXT NOT NULL,
    next_date  TEXT NOT NULL,
    days       BIGINT NOT NULL,
    free       BIGINT NOT NULL,
    looked_at  BIGINT NOT NULL,
    PRIMARY KEY (post_id, local_date, service_id)
);

CREATE INDEX slot_by_day ON slot (post_id, local_date);
