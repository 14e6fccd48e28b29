-- What the sandbox provider knows of each charge, by the id that the store gave it.

CREATE TABLE charges (
    order_id       UUID    NOT NULL PRIMARY KEY,
    number         BIGINT  NOT NULL UNIQUE,
    -- failed, charged, declined, cancelled or refunded.
    state          TEXT    NOT NULL,
    decline_reason TEXT,
    amount_minor   BIGINT  NOT NULL,
    currency_code  TEXT    NOT NULL,
    created_at_us  BIGINT  NOT NULL
);
