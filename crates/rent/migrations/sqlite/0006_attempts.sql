-- How often something was tried in the present window of time: wrong passwords, new accounts, mails. What is tried, by whom
-- and from where is a hash.
CREATE TABLE attempts (
    kind     TEXT    NOT NULL,
    subject  BLOB NOT NULL,
    tries    INTEGER NOT NULL,
    until_us INTEGER NOT NULL,
    PRIMARY KEY (kind, subject)
) STRICT;
CREATE INDEX attempts_over ON attempts (until_us);

-- Devices that a customer has signed in on before: they are let through when strangers are not.
CREATE TABLE known_devices (
    customer_id BLOB NOT NULL REFERENCES customers,
    token_hash  BLOB NOT NULL,
    seen_at_us  INTEGER NOT NULL,
    PRIMARY KEY (customer_id, token_hash)
) STRICT;
