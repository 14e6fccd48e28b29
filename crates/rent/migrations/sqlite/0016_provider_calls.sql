-- The requests that the store made to payment providers, for staff to read. They have no secrets.
CREATE TABLE provider_calls (
    call_id    BLOB    NOT NULL PRIMARY KEY,
    provider   TEXT    NOT NULL,
    -- The payment that it was about; none for an access token and the like.
    payment_id BLOB,
    -- Such as POST and /v1/refunds.
    method     TEXT    NOT NULL,
    path       TEXT    NOT NULL,
    -- None if the provider did not answer; then `error` says why.
    status     INTEGER,
    error      TEXT,
    elapsed_us INTEGER NOT NULL,
    at_us      INTEGER NOT NULL
) STRICT;
CREATE INDEX provider_calls_of_a_payment ON provider_calls (payment_id, at_us) WHERE payment_id IS NOT NULL;
CREATE INDEX provider_calls_by_time ON provider_calls (at_us);
