-- When the money of a charge was taken, and the records of a span of time.
ALTER TABLE charges ADD COLUMN charged_at_us INTEGER;
UPDATE charges SET charged_at_us = created_at_us WHERE state = 'charged';
CREATE INDEX charges_by_time ON charges (charged_at_us);
CREATE INDEX refunds_by_time ON refunds (created_at_us);
