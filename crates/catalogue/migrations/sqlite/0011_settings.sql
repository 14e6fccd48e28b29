-- What the store says of itself: its texts as one JSON text, its logo as it was given, and when they last changed.

CREATE TABLE store_settings (
    id       INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    facts    TEXT    NOT NULL,
    logo     BLOB,
    revision INTEGER NOT NULL
) STRICT;

INSERT INTO store_settings (id, facts, revision) VALUES (1, '{}', 0);
