-- What was rented lately, newest first.
CREATE INDEX entitlements_lately ON entitlements (granted_at_us, title_id) WHERE kind = 'rent';
