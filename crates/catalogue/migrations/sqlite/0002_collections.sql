-- Films that somebody has put together. What is said of them is a JSON text; one that was deleted leaves its row
-- without it, so that whoever follows the feed learns of it.

CREATE TABLE collections (
    collection_id TEXT    NOT NULL PRIMARY KEY,
    position      INTEGER NOT NULL,
    facts         TEXT,
    revision      INTEGER NOT NULL
) STRICT;
CREATE INDEX collections_changed ON collections (revision);
CREATE INDEX collections_in_order ON collections (position, collection_id) WHERE facts IS NOT NULL;
