CREATE TABLE jobs (
    job_id        BLOB    PRIMARY KEY,
    kind          TEXT    NOT NULL,
    job_key       TEXT    NOT NULL,
    payload       TEXT    NOT NULL,
    run_at_us     INTEGER NOT NULL,
    created_at_us INTEGER NOT NULL,
    token         INTEGER NOT NULL DEFAULT 0,
    attempts      INTEGER NOT NULL DEFAULT 0,
    is_dead       INTEGER NOT NULL DEFAULT 0,
    last_error    TEXT    NOT NULL DEFAULT '',
    UNIQUE (kind, job_key)
) STRICT;
CREATE INDEX jobs_by_time ON jobs (is_dead, run_at_us);
