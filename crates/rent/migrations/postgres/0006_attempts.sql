-- How often something was tried in the present window of time: wrong passwords, new accounts, mails. What is tried, by whom
-- and from where is a hash.
CREATE TABLE attempts (
    kind     TEXT    NOT NULL,
    subject  BYTEA NOT NULL,
    tries    BIGINT NOT NULL,
    until_us BIGINT NOT NULL,
    PRIMARY KEY (kind, subject)
);
CREATE INDEX attempts_over ON attempts (until_us);

-- Devices that a customer has signed in on before: they are let through when strangers are not.
CREATE TABLE known_devices (
    customer_id UUID NOT NULL REFERENCES customers,
    token_hash  BYTEA NOT NULL,
    seen_at_us  BIGINT NOT NULL,
    PRIMARY KEY (customer_id, token_hash)
);
