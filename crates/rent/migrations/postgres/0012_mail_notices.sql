-- A notice goes to the address that the account had when it changed. Those that wait get their address now.
CREATE TABLE mail_notices (
    request_id    UUID   NOT NULL PRIMARY KEY,
    customer_id   UUID   NOT NULL REFERENCES customers,
    address       TEXT   NOT NULL,
    created_at_us BIGINT NOT NULL
);
CREATE INDEX mail_notices_of_a_customer ON mail_notices (customer_id, created_at_us);

INSERT INTO mail_notices (request_id, customer_id, address, created_at_us)
SELECT j.job_key::uuid, c.customer_id, c.email, j.created_at_us
FROM jobs j
JOIN customers c ON c.customer_id::text = substr(j.payload, length('password_changed/') + 1)
WHERE j.kind = 'account_mail' AND j.payload LIKE 'password_changed/%' AND c.deleted_at_us IS NULL;

-- What mail servers answered may name the addressee.
UPDATE jobs SET last_error = 'the mail was not delivered'
WHERE kind IN ('account_mail', 'order_mail', 'reminder') AND last_error <> '';
