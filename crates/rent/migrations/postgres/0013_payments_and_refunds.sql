-- Payments and refunds are rows of their own, so that an order has no column of any payment method.

CREATE TABLE payments (
    customer_id          UUID    NOT NULL,
    payment_id           UUID    NOT NULL,
    order_id             UUID    NOT NULL,
    provider             TEXT    NOT NULL,
    method               TEXT    NOT NULL,
    -- pending, needs_action, succeeded, declined or cancelled: what the provider last reported.
    state                TEXT    NOT NULL,
    amount_minor         BIGINT  NOT NULL,
    currency_code        TEXT    NOT NULL,
    -- The provider's own id of the payment.
    provider_reference   TEXT,
    decline_reason       TEXT,
    -- What the customer has to do to pay, such as show_code, with what, and until when.
    action               TEXT,
    action_value         TEXT,
    action_expires_at_us BIGINT ,
    created_at_us        BIGINT  NOT NULL,
    PRIMARY KEY (customer_id, payment_id),
    FOREIGN KEY (customer_id, order_id) REFERENCES orders
);

INSERT INTO payments (customer_id, payment_id, order_id, provider, method, state, amount_minor, currency_code,
                      decline_reason, action, action_value, action_expires_at_us, created_at_us)
SELECT customer_id, order_id, order_id, 'sandbox', payment_method,
       CASE WHEN state IN ('declined', 'cancelled') THEN state
            WHEN state <> 'pending' THEN 'succeeded'
            WHEN pix_code IS NULL THEN 'pending'
            ELSE 'needs_action' END,
       total_minor, currency_code, decline_reason,
       CASE WHEN state = 'pending' AND pix_code IS NOT NULL THEN 'show_code' END,
       CASE WHEN state = 'pending' THEN pix_code END,
       CASE WHEN state = 'pending' THEN pay_by_us END,
       created_at_us
FROM orders;

ALTER TABLE orders DROP COLUMN payment_method;
ALTER TABLE orders DROP COLUMN decline_reason;
ALTER TABLE orders DROP COLUMN pix_code;
ALTER TABLE orders DROP COLUMN pay_by_us;

-- Staff find an order by its id alone.
DROP INDEX orders_open;
CREATE INDEX orders_by_id ON orders (order_id);

-- What goes back of a payment. All refunds of an order together are never more than its total.
CREATE TABLE refunds (
    customer_id     UUID    NOT NULL,
    refund_id       UUID    NOT NULL,
    order_id        UUID    NOT NULL,
    -- Who asks for the same refund twice names it so.
    idempotency_key TEXT    NOT NULL,
    amount_minor    BIGINT  NOT NULL,
    currency_code   TEXT    NOT NULL,
    reason          TEXT    NOT NULL,
    -- store, customer or staff.
    decided_by      TEXT    NOT NULL,
    -- Whether the entitlements of the order ended with it.
    ends_access     BOOLEAN NOT NULL,
    -- pending, succeeded or failed, for the reason in `failure`.
    state           TEXT    NOT NULL,
    failure         TEXT,
    decided_at_us   BIGINT  NOT NULL,
    PRIMARY KEY (customer_id, refund_id),
    UNIQUE (customer_id, order_id, idempotency_key),
    FOREIGN KEY (customer_id, order_id) REFERENCES orders
);

INSERT INTO refunds (customer_id, refund_id, order_id, idempotency_key, amount_minor, currency_code, reason, decided_by,
                     ends_access, state, decided_at_us)
SELECT customer_id, order_id, order_id, 'store', total_minor, currency_code, 'already_held', 'store', FALSE, 'succeeded',
       created_at_us
FROM orders WHERE state = 'refunded';

-- When a right to watch was taken back. What was given back can be bought again.
ALTER TABLE entitlements ADD COLUMN ended_at_us BIGINT;
DROP INDEX entitlements_lately;
CREATE INDEX entitlements_lately ON entitlements (granted_at_us, title_id) WHERE kind = 'rent' AND ended_at_us IS NULL;
DROP INDEX purchases;
CREATE UNIQUE INDEX purchases ON entitlements (customer_id, title_id) WHERE kind = 'buy' AND ended_at_us IS NULL;
