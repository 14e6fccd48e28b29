-- Whether a title is shown, and when it was first ordered (0 is never): one that was ordered is kept for its buyers.
-- A deleted title leaves its row, so that those who follow the feed learn of it.

ALTER TABLE titles ADD COLUMN state TEXT NOT NULL DEFAULT 'listed';
ALTER TABLE titles ADD COLUMN ordered_at_us BIGINT NOT NULL DEFAULT 0;

-- Of titles that were on offer before, nobody knows whether they were ordered: they are kept.
UPDATE titles SET ordered_at_us = 1 WHERE title_id IN (SELECT title_id FROM offers);
