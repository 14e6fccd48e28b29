-- Charges get their numbers from a sequence: one that is decided does not wait for the others.
CREATE SEQUENCE charge_numbers OWNED BY charges.number;
SELECT setval('charge_numbers', COALESCE(MAX(number), 0) + 1, FALSE) FROM charges;
