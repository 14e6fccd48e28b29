CREATE TABLE jobs (
    job_id        UUID    PRIMARY KEY,
    kind          TEXT    NOT NULL,
    job_key       TEXT    NOT NULL,
    payload       TEXT    NOT NULL,
    run_at_us     BIGINT  NOT NULL,
    created_at_us BIGINT  NOT NULL,
    token         BIGINT  NOT NULL DEFAULT 0,
    attempts      BIGINT  NOT NULL DEFAULT 0,
    is_dead       BOOLEAN NOT NULL DEFAULT FALSE,
    last_error    TEXT    NOT NULL DEFAULT '',
    UNIQUE (kind, job_key)
);
CREATE INDEX jobs_by_time ON jobs (is_dead, run_at_us);
