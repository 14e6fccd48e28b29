-- Titles. What nothing here asks for is in the facts, a JSON text.

CREATE TABLE titles (
    title_id      BLOB    NOT NULL PRIMARY KEY,
    source        TEXT    NOT NULL,
    source_id     TEXT    NOT NULL,
    year          INTEGER NOT NULL,
    facts         TEXT    NOT NULL,
    created_at_us INTEGER NOT NULL,
    revision      INTEGER NOT NULL,
    UNIQUE (source, source_id)
) STRICT;
CREATE INDEX titles_changed ON titles (revision);

-- Whoever directs or plays. The id is made of the name.

CREATE TABLE people (
    person_id BLOB NOT NULL PRIMARY KEY,
    name      TEXT NOT NULL
) STRICT;

CREATE TABLE credits (
    person_id BLOB NOT NULL REFERENCES people,
    role      TEXT NOT NULL,
    title_id  BLOB NOT NULL REFERENCES titles,
    PRIMARY KEY (person_id, role, title_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX credits_of_a_title ON credits (title_id);

CREATE TABLE offers (
    offer_id             BLOB    NOT NULL PRIMARY KEY,
    title_id             BLOB    NOT NULL REFERENCES titles,
    kind                 TEXT    NOT NULL,
    price_minor          INTEGER NOT NULL,
    currency_code        TEXT    NOT NULL,
    start_window_hours   INTEGER NOT NULL,
    viewing_window_hours INTEGER NOT NULL,
    available_from_us    INTEGER NOT NULL,
    available_until_us   INTEGER NOT NULL,
    UNIQUE (title_id, kind)
) STRICT;

-- The objects in the blob store that play a title, in their order.

CREATE TABLE media_objects (
    title_id     BLOB    NOT NULL REFERENCES titles,
    position     INTEGER NOT NULL,
    name         TEXT    NOT NULL,
    location     TEXT    NOT NULL,
    content_type TEXT    NOT NULL,
    size_bytes   INTEGER NOT NULL,
    PRIMARY KEY (title_id, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX media_objects_at ON media_objects (location);

-- The change feed's counter, and the lab's clock.

CREATE TABLE feed (id INTEGER PRIMARY KEY CHECK (id = 1), revision INTEGER NOT NULL) STRICT;
INSERT INTO feed (id, revision) VALUES (1, 0);

CREATE TABLE lab_clock (id INTEGER PRIMARY KEY CHECK (id = 1), offset_seconds INTEGER NOT NULL) STRICT;
INSERT INTO lab_clock (id, offset_seconds) VALUES (1, 0);
