-- Each customer's changes are counted in their own row, so orders of different customers do not wait for each other.
-- The counts go on from the one counter that there was: a watcher continues from the revision that it has. Zero is no
-- revision, so that a watcher without one can say so.
ALTER TABLE customers ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;
UPDATE customers SET revision = (SELECT revision + 1 FROM feed WHERE id = 1);
DROP TABLE feed;
