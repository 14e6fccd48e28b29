-- The queue of store::jobs. Mails about orders, and reminders before a rental ends, become jobs: what was due is kept.
CREATE TABLE jobs (
    job_id        UUID    PRIMARY KEY,
    kind          TEXT    NOT NULL,
    job_key       TEXT    NOT NULL,
    payload       TEXT    NOT NULL,
    run_at_us     BIGINT  NOT NULL,
    created_at_us BIGINT  NOT NULL,
    token         BIGINT  NOT NULL DEFAULT 0,
    attempts      BIGINT  NOT NULL DEFAULT 0,
    is_dead       BOOLEAN NOT NULL DEFAULT FALSE,
    last_error    TEXT    NOT NULL DEFAULT '',
    UNIQUE (kind, job_key)
);
CREATE INDEX jobs_by_time ON jobs (is_dead, run_at_us);

INSERT INTO jobs (job_id, kind, job_key, payload, run_at_us, created_at_us)
SELECT order_id, 'order_mail', order_id::text || '/' || state, customer_id::text, created_at_us, created_at_us
FROM orders WHERE letter_due = TRUE;
INSERT INTO jobs (job_id, kind, job_key, payload, run_at_us, created_at_us)
SELECT entitlement_id, 'reminder', entitlement_id::text, customer_id::text, remind_at_us, granted_at_us
FROM entitlements WHERE remind_at_us IS NOT NULL;

DROP INDEX orders_with_letters_due;
ALTER TABLE orders DROP COLUMN letter_due;
DROP INDEX entitlements_with_reminders;
ALTER TABLE entitlements DROP COLUMN remind_at_us;
