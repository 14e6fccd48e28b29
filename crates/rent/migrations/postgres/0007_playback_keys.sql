-- The client's own name for a playback session: an opening that is sent again finds the session that the first one made.
ALTER TABLE playbacks ADD COLUMN client_key TEXT;
CREATE UNIQUE INDEX playbacks_of_a_client_key ON playbacks (customer_id, client_key);
