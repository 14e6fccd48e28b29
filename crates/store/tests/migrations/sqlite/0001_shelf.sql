CREATE TABLE shelf (
    id       BLOB    PRIMARY KEY,
    name     TEXT    NOT NULL UNIQUE,
    room     INTEGER NOT NULL DEFAULT 0,
    open     INTEGER NOT NULL DEFAULT 1,
    revision INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE film (
    shelf_id BLOB    NOT NULL REFERENCES shelf (id),
    place    INTEGER NOT NULL,
    name     TEXT    NOT NULL,
    UNIQUE (shelf_id, place)
) STRICT;

CREATE TABLE feed (id INTEGER PRIMARY KEY CHECK (id = 1), revision INTEGER NOT NULL) STRICT;
INSERT INTO feed (id, revision) VALUES (1, 0);

CREATE TABLE lab_clock (id INTEGER PRIMARY KEY CHECK (id = 1), offset_seconds INTEGER NOT NULL) STRICT;
INSERT INTO lab_clock (id, offset_seconds) VALUES (1, 0);
