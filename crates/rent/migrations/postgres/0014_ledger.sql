-- The ledger: each movement of money is a transaction, whose entries sum to zero in each currency. What is booked stays
-- as it is.

CREATE TABLE ledger_transactions (
    -- sale (the source is the payment), refund or refund_paid (the source is the refund).
    kind         TEXT    NOT NULL,
    source_id    UUID    NOT NULL,
    customer_id  UUID    NOT NULL,
    order_id     UUID    NOT NULL,
    booked_at_us BIGINT  NOT NULL,
    PRIMARY KEY (customer_id, kind, source_id),
    FOREIGN KEY (customer_id, order_id) REFERENCES orders
);
CREATE INDEX ledger_transactions_by_order ON ledger_transactions (customer_id, order_id);
CREATE INDEX ledger_transactions_by_time ON ledger_transactions (booked_at_us);

CREATE TABLE ledger_entries (
    customer_id   UUID    NOT NULL,
    kind          TEXT    NOT NULL,
    source_id     UUID    NOT NULL,
    -- Such as provider:sandbox:BRL, revenue:rent or refund_clearing.
    account       TEXT    NOT NULL,
    currency_code TEXT    NOT NULL,
    -- What the store has or spends is positive, what it owes or earns is negative.
    amount_minor  BIGINT  NOT NULL,
    booked_at_us  BIGINT  NOT NULL,
    PRIMARY KEY (customer_id, kind, source_id, account, currency_code),
    FOREIGN KEY (customer_id, kind, source_id) REFERENCES ledger_transactions
);
-- A provider's record names the payment and the refund, and no customer.
CREATE INDEX ledger_entries_by_source ON ledger_entries (source_id, kind);
CREATE INDEX ledger_entries_by_account ON ledger_entries (account, booked_at_us);

-- What was sold and refunded before. No order had a discount or taxes yet.
INSERT INTO ledger_transactions (kind, source_id, customer_id, order_id, booked_at_us)
SELECT 'sale', payment_id, customer_id, order_id, created_at_us FROM payments WHERE state = 'succeeded';
INSERT INTO ledger_transactions (kind, source_id, customer_id, order_id, booked_at_us)
SELECT 'refund', refund_id, customer_id, order_id, decided_at_us FROM refunds;
INSERT INTO ledger_transactions (kind, source_id, customer_id, order_id, booked_at_us)
SELECT 'refund_paid', refund_id, customer_id, order_id, decided_at_us FROM refunds WHERE state = 'succeeded';

INSERT INTO ledger_entries (customer_id, kind, source_id, account, currency_code, amount_minor, booked_at_us)
SELECT customer_id, 'sale', payment_id, 'provider:' || provider || ':' || currency_code, currency_code, amount_minor,
       created_at_us
FROM payments WHERE state = 'succeeded' AND amount_minor <> 0;
INSERT INTO ledger_entries (customer_id, kind, source_id, account, currency_code, amount_minor, booked_at_us)
SELECT p.customer_id, 'sale', p.payment_id, 'revenue:' || l.kind, p.currency_code,
       -CAST(SUM(l.price_minor) AS BIGINT), p.created_at_us
FROM payments p JOIN order_lines l ON l.customer_id = p.customer_id AND l.order_id = p.order_id
WHERE p.state = 'succeeded'
GROUP BY p.customer_id, p.payment_id, l.kind, p.currency_code, p.created_at_us
HAVING SUM(l.price_minor) <> 0;

-- A refund takes back as much of the rentals as it is of the order, and the rest of the purchases. The share is
-- multiplied in two steps, because an amount of the highest price times another is too large for 64 bits.
INSERT INTO ledger_entries (customer_id, kind, source_id, account, currency_code, amount_minor, booked_at_us)
WITH decided AS (
    SELECT r.customer_id, r.refund_id, r.currency_code, r.decided_at_us, r.amount_minor, o.total_minor,
           CAST(SUM(r.amount_minor) OVER (PARTITION BY r.customer_id, r.order_id ORDER BY r.decided_at_us, r.refund_id)
                AS BIGINT) AS until_now,
           CAST((SELECT COALESCE(SUM(l.price_minor), 0) FROM order_lines l
                 WHERE l.customer_id = r.customer_id AND l.order_id = r.order_id AND l.kind = 'rent') AS BIGINT)
           AS rentals
    FROM refunds r JOIN orders o ON o.customer_id = r.customer_id AND o.order_id = r.order_id
    WHERE r.amount_minor > 0
), shares AS (
    SELECT customer_id, refund_id, currency_code, decided_at_us, amount_minor,
           until_now / 1000000 * rentals / total_minor * 1000000
           + (until_now / 1000000 * rentals % total_minor * 1000000 + until_now % 1000000 * rentals) / total_minor
           - (until_now - amount_minor) / 1000000 * rentals / total_minor * 1000000
           - ((until_now - amount_minor) / 1000000 * rentals % total_minor * 1000000
              + (until_now - amount_minor) % 1000000 * rentals) / total_minor AS of_rentals
    FROM decided
)
SELECT customer_id, 'refund', refund_id, 'refund_clearing', currency_code, -amount_minor, decided_at_us FROM shares
UNION ALL
SELECT customer_id, 'refund', refund_id, 'revenue:rent', currency_code, of_rentals, decided_at_us FROM shares
WHERE of_rentals <> 0
UNION ALL
SELECT customer_id, 'refund', refund_id, 'revenue:buy', currency_code, amount_minor - of_rentals, decided_at_us
FROM shares
WHERE amount_minor <> of_rentals;

INSERT INTO ledger_entries (customer_id, kind, source_id, account, currency_code, amount_minor, booked_at_us)
SELECT customer_id, 'refund_paid', refund_id, 'refund_clearing', currency_code, amount_minor, decided_at_us
FROM refunds WHERE state = 'succeeded' AND amount_minor <> 0
UNION ALL
SELECT r.customer_id, 'refund_paid', r.refund_id, 'provider:' || p.provider || ':' || r.currency_code, r.currency_code,
       -r.amount_minor, r.decided_at_us
FROM refunds r JOIN payments p ON p.customer_id = r.customer_id AND p.payment_id = r.order_id
WHERE r.state = 'succeeded' AND r.amount_minor <> 0;

CREATE FUNCTION refuse_change_of_ledger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what is booked in the ledger is not changed or deleted';
END
$$;
CREATE TRIGGER ledger_transactions_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_transactions
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_ledger();
CREATE TRIGGER ledger_entries_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entries
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_ledger();
