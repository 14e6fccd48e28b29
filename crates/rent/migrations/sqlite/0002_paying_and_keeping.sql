-- Paying by Pix, letters about orders and rentals, and what customers may do with their account.

-- What an order is paid by Pix with, and until when; null for a card.
ALTER TABLE orders ADD COLUMN pix_code TEXT;
ALTER TABLE orders ADD COLUMN pay_by_us INTEGER;
-- Whether its customer is still to be told how it ended.
ALTER TABLE orders ADD COLUMN letter_due INTEGER NOT NULL DEFAULT 0;
CREATE INDEX orders_with_letters_due ON orders (order_id) WHERE letter_due = TRUE;

-- When the customer is reminded that a window of a rental ends; null when there is nothing to say.
ALTER TABLE entitlements ADD COLUMN remind_at_us INTEGER;
CREATE INDEX entitlements_with_reminders ON entitlements (remind_at_us) WHERE remind_at_us IS NOT NULL;

-- Whether they want to be reminded; and when they deleted their account, of which the orders are kept.
ALTER TABLE customers ADD COLUMN reminders INTEGER NOT NULL DEFAULT 1;
ALTER TABLE customers ADD COLUMN deleted_at_us INTEGER;

-- What the browser said it is, and when it was last heard of; 0 is never since it signed in.
ALTER TABLE sessions ADD COLUMN device TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN seen_at_us INTEGER NOT NULL DEFAULT 0;

-- The address that a link would make the customer's.
ALTER TABLE mail_tokens ADD COLUMN address TEXT;
