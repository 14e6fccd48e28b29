-- The queue of store::jobs. Mails about orders, and reminders before a rental ends, become jobs: what was due is kept.
CREATE TABLE jobs (
    job_id        BLOB    PRIMARY KEY,
    kind          TEXT    NOT NULL,
    job_key       TEXT    NOT NULL,
    payload       TEXT    NOT NULL,
    run_at_us     INTEGER NOT NULL,
    created_at_us INTEGER NOT NULL,
    token         INTEGER NOT NULL DEFAULT 0,
    attempts      INTEGER NOT NULL DEFAULT 0,
    is_dead       INTEGER NOT NULL DEFAULT 0,
    last_error    TEXT    NOT NULL DEFAULT '',
    UNIQUE (kind, job_key)
) STRICT;
CREATE INDEX jobs_by_time ON jobs (is_dead, run_at_us);

INSERT INTO jobs (job_id, kind, job_key, payload, run_at_us, created_at_us)
SELECT order_id, 'order_mail',
       lower(printf('%s-%s-%s-%s-%s/%s', substr(hex(order_id), 1, 8), substr(hex(order_id), 9, 4),
                    substr(hex(order_id), 13, 4), substr(hex(order_id), 17, 4), substr(hex(order_id), 21), state)),
       lower(printf('%s-%s-%s-%s-%s', substr(hex(customer_id), 1, 8), substr(hex(customer_id), 9, 4),
                    substr(hex(customer_id), 13, 4), substr(hex(customer_id), 17, 4), substr(hex(customer_id), 21))),
       created_at_us, created_at_us
FROM orders WHERE letter_due = TRUE;
INSERT INTO jobs (job_id, kind, job_key, payload, run_at_us, created_at_us)
SELECT entitlement_id, 'reminder',
       lower(printf('%s-%s-%s-%s-%s', substr(hex(entitlement_id), 1, 8), substr(hex(entitlement_id), 9, 4),
                    substr(hex(entitlement_id), 13, 4), substr(hex(entitlement_id), 17, 4),
                    substr(hex(entitlement_id), 21))),
       lower(printf('%s-%s-%s-%s-%s', substr(hex(customer_id), 1, 8), substr(hex(customer_id), 9, 4),
                    substr(hex(customer_id), 13, 4), substr(hex(customer_id), 17, 4), substr(hex(customer_id), 21))),
       remind_at_us, granted_at_us
FROM entitlements WHERE remind_at_us IS NOT NULL;

DROP INDEX orders_with_letters_due;
ALTER TABLE orders DROP COLUMN letter_due;
DROP INDEX entitlements_with_reminders;
ALTER TABLE entitlements DROP COLUMN remind_at_us;
