-- Open orders are looked after by jobs, which know when: those that are open get theirs.
INSERT INTO jobs (job_id, kind, job_key, payload, run_at_us, created_at_us)
SELECT order_id, 'reconcile_order', order_id::text, customer_id::text, look_at_us, created_at_us
FROM orders WHERE state IN ('pending', 'paid');

DROP INDEX orders_open;
ALTER TABLE orders DROP COLUMN look_at_us;
CREATE INDEX orders_open ON orders (order_id) WHERE state IN ('pending', 'paid');
