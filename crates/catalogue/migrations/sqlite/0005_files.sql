-- Files in the blob store that no title plays: uploads, from before their first byte, and what was replaced, for as long as
-- somebody may still watch it. So no file is lost sight of, whenever a process dies.

CREATE TABLE media_uploads (
    location      TEXT    NOT NULL PRIMARY KEY,
    -- When the process that takes it in last said so; below zero when it was given up.
    renewed_at_us INTEGER NOT NULL
) STRICT;

CREATE TABLE media_replaced (
    location      TEXT    NOT NULL PRIMARY KEY,
    title_id      BLOB    NOT NULL,
    name          TEXT    NOT NULL,
    content_type  TEXT    NOT NULL,
    size_bytes    INTEGER NOT NULL,
    keep_until_us INTEGER NOT NULL
) STRICT;
CREATE INDEX media_replaced_of_a_title ON media_replaced (title_id);
CREATE INDEX media_replaced_until ON media_replaced (keep_until_us);
