-- Refunds are rows of their own: a charge can be refunded in parts, which are never more than it.

CREATE TABLE refunds (
    refund_id     UUID    NOT NULL PRIMARY KEY,
    order_id      UUID    NOT NULL REFERENCES charges,
    amount_minor  BIGINT  NOT NULL,
    currency_code TEXT    NOT NULL,
    created_at_us BIGINT  NOT NULL
);
ALTER TABLE charges ADD COLUMN refunded_minor BIGINT NOT NULL DEFAULT 0;

INSERT INTO refunds (refund_id, order_id, amount_minor, currency_code, created_at_us)
SELECT order_id, order_id, amount_minor, currency_code, created_at_us FROM charges WHERE state = 'refunded';
UPDATE charges SET state = 'charged', refunded_minor = amount_minor WHERE state = 'refunded';
