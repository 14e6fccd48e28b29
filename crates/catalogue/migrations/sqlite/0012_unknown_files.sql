-- Files in the blob store that this database does not know. They may belong to a catalogue that was lost or that uses the same
-- blob store, so each is kept for days after this database first found it.

CREATE TABLE media_unknown (
    location    TEXT    NOT NULL PRIMARY KEY,
    found_at_us INTEGER NOT NULL,
    -- The last listing that found it.
    seen_at_us  INTEGER NOT NULL
) STRICT;
CREATE INDEX media_unknown_since ON media_unknown (found_at_us);
