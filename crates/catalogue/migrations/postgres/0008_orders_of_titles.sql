-- How often each title was ordered lately, as rent tells: what is ordered more comes first.

ALTER TABLE titles ADD COLUMN orders INTEGER NOT NULL DEFAULT 0;
CREATE INDEX titles_ordered ON titles (title_id) WHERE orders > 0;
