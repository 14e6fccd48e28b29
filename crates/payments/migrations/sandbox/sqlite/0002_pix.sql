-- Until when a charge that waits for a Pix (in the state `awaiting`) can be paid.
ALTER TABLE charges ADD COLUMN pay_by_us INTEGER;
