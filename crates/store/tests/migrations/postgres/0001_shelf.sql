CREATE TABLE shelf (
    id       UUID    PRIMARY KEY,
    name     TEXT    NOT NULL UNIQUE,
    room     BIGINT  NOT NULL DEFAULT 0,
    open     BOOLEAN NOT NULL DEFAULT TRUE,
    revision BIGINT  NOT NULL DEFAULT 0
);

CREATE TABLE film (
    shelf_id UUID    NOT NULL REFERENCES shelf (id),
    place    BIGINT  NOT NULL,
    name     TEXT    NOT NULL,
    UNIQUE (shelf_id, place)
);

CREATE TABLE feed (id SMALLINT PRIMARY KEY CHECK (id = 1), revision BIGINT NOT NULL);
INSERT INTO feed (id, revision) VALUES (1, 0);

CREATE TABLE lab_clock (id SMALLINT PRIMARY KEY CHECK (id = 1), offset_seconds BIGINT NOT NULL);
INSERT INTO lab_clock (id, offset_seconds) VALUES (1, 0);
