-- Which catalogue this is: the search index and what else is derived from it says of which one.

CREATE TABLE catalogue_identity (
    id       SMALLINT NOT NULL PRIMARY KEY CHECK (id = 1),
    identity TEXT     NOT NULL
);

INSERT INTO catalogue_identity (id, identity) VALUES (1, replace(gen_random_uuid()::text, '-', ''));
