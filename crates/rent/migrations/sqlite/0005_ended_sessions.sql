-- Sessions that ended lately. Signed identities of them are still valid, so every service has to hear of them.
CREATE TABLE ended_sessions (
    session_id  TEXT    NOT NULL PRIMARY KEY,
    ended_at_us INTEGER NOT NULL
) STRICT;
CREATE INDEX ended_sessions_lately ON ended_sessions (ended_at_us);

-- The session that a film plays for, which ends with it; empty for those from before this was noted.
ALTER TABLE playbacks ADD COLUMN session_id TEXT NOT NULL DEFAULT '';

-- While a link to take an address back works, nobody else can have that address.
ALTER TABLE mail_tokens ADD COLUMN reserved_folded TEXT;
CREATE INDEX mail_tokens_that_reserve ON mail_tokens (reserved_folded) WHERE reserved_folded IS NOT NULL;

CREATE INDEX customers_who_are_staff ON customers (created_at_us, customer_id) WHERE staff = TRUE;
