-- What the sandbox provider knows of each charge, by the id that the store gave it.

CREATE TABLE charges (
    order_id       BLOB    NOT NULL PRIMARY KEY,
    number         INTEGER NOT NULL UNIQUE,
    -- failed, charged, declined, cancelled or refunded.
    state          TEXT    NOT NULL,
    decline_reason TEXT,
    amount_minor   INTEGER NOT NULL,
    currency_code  TEXT    NOT NULL,
    created_at_us  INTEGER NOT NULL
) STRICT;
