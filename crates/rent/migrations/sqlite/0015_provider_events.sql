-- The events of payment providers that were taken, so that each is taken once.
CREATE TABLE provider_events (
    provider       TEXT    NOT NULL,
    event_id       TEXT    NOT NULL,
    received_at_us INTEGER NOT NULL,
    PRIMARY KEY (provider, event_id)
) STRICT;
CREATE INDEX provider_events_by_time ON provider_events (received_at_us);
