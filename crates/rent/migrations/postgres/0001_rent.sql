-- Customers, and how they sign in.

CREATE TABLE customers (
    customer_id    UUID    NOT NULL PRIMARY KEY,
    email          TEXT    NOT NULL,
    email_folded   TEXT    NOT NULL UNIQUE,
    email_verified BOOLEAN NOT NULL,
    name           TEXT    NOT NULL,
    language       TEXT    NOT NULL,
    staff          BOOLEAN NOT NULL,
    password_hash  TEXT    NOT NULL,
    created_at_us  BIGINT  NOT NULL
);

CREATE TABLE sessions (
    token_hash    BYTEA   NOT NULL PRIMARY KEY,
    customer_id   UUID    NOT NULL REFERENCES customers,
    created_at_us BIGINT  NOT NULL,
    expires_at_us BIGINT  NOT NULL
);
CREATE INDEX sessions_of_a_customer ON sessions (customer_id, created_at_us);

-- The tokens of links in mails: each works once.
CREATE TABLE mail_tokens (
    token_hash    BYTEA   NOT NULL PRIMARY KEY,
    customer_id   UUID    NOT NULL REFERENCES customers,
    letter        TEXT    NOT NULL,
    created_at_us BIGINT  NOT NULL,
    expires_at_us BIGINT  NOT NULL,
    used          BOOLEAN NOT NULL
);
CREATE INDEX mail_tokens_of_a_customer ON mail_tokens (customer_id, letter, created_at_us);

-- Orders. Lines keep the offer as it was.

CREATE TABLE orders (
    customer_id     UUID    NOT NULL REFERENCES customers,
    order_id        UUID    NOT NULL,
    idempotency_key TEXT    NOT NULL,
    fingerprint     BYTEA   NOT NULL,
    state           TEXT    NOT NULL,
    currency_code   TEXT    NOT NULL,
    subtotal_minor  BIGINT  NOT NULL,
    discount_minor  BIGINT  NOT NULL,
    tax_minor       BIGINT  NOT NULL,
    total_minor     BIGINT  NOT NULL,
    payment_method  TEXT    NOT NULL,
    decline_reason  TEXT,
    created_at_us   BIGINT  NOT NULL,
    -- From when the reconciler looks what became of it, and when it gives it up.
    look_at_us      BIGINT  NOT NULL,
    lapses_at_us    BIGINT  NOT NULL,
    -- Whether the customer was told that it is undecided.
    answered        BOOLEAN NOT NULL,
    revision        BIGINT  NOT NULL,
    PRIMARY KEY (customer_id, order_id),
    UNIQUE (customer_id, idempotency_key)
);
CREATE INDEX orders_newest ON orders (customer_id, created_at_us, order_id);
CREATE INDEX orders_open ON orders (look_at_us) WHERE state IN ('pending', 'paid');

CREATE TABLE order_lines (
    customer_id          UUID    NOT NULL,
    order_id             UUID    NOT NULL,
    line_number          INTEGER NOT NULL,
    offer_id             TEXT    NOT NULL,
    title_id             TEXT    NOT NULL,
    title_name           TEXT    NOT NULL,
    runtime_minutes      INTEGER NOT NULL,
    kind                 TEXT    NOT NULL,
    price_minor          BIGINT  NOT NULL,
    start_window_hours   INTEGER NOT NULL,
    viewing_window_hours INTEGER NOT NULL,
    PRIMARY KEY (customer_id, order_id, line_number),
    FOREIGN KEY (customer_id, order_id) REFERENCES orders
);

-- An open order keeps its titles to itself, so that two orders at once cannot both charge. Titles are reserved
-- before their order is written: one that is refused never waits for the feed.
CREATE TABLE reservations (
    customer_id UUID    NOT NULL,
    title_id    TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    order_id    UUID    NOT NULL,
    PRIMARY KEY (customer_id, title_id, kind),
    FOREIGN KEY (customer_id, order_id) REFERENCES orders DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX reservations_of_an_order ON reservations (customer_id, order_id);

-- What customers may watch.

CREATE TABLE entitlements (
    customer_id          UUID    NOT NULL REFERENCES customers,
    entitlement_id       UUID    NOT NULL,
    order_id             UUID    NOT NULL,
    title_id             TEXT    NOT NULL,
    title_name           TEXT    NOT NULL,
    runtime_minutes      INTEGER NOT NULL,
    kind                 TEXT    NOT NULL,
    start_window_hours   INTEGER NOT NULL,
    viewing_window_hours INTEGER NOT NULL,
    granted_at_us        BIGINT  NOT NULL,
    started_at_us        BIGINT,
    position_seconds     INTEGER NOT NULL,
    revision             BIGINT  NOT NULL,
    PRIMARY KEY (customer_id, entitlement_id),
    -- An order gives a title once, whoever fulfils it and however often.
    UNIQUE (customer_id, order_id, title_id, kind),
    FOREIGN KEY (customer_id, order_id) REFERENCES orders
);
CREATE INDEX entitlements_newest ON entitlements (customer_id, granted_at_us, entitlement_id);
CREATE INDEX entitlements_of_a_title ON entitlements (customer_id, title_id);
CREATE UNIQUE INDEX purchases ON entitlements (customer_id, title_id) WHERE kind = 'buy';

CREATE TABLE playbacks (
    customer_id    UUID    NOT NULL,
    playback_id    UUID    NOT NULL,
    entitlement_id UUID    NOT NULL,
    opened_at_us   BIGINT  NOT NULL,
    ends_at_us     BIGINT  NOT NULL,
    lease_until_us BIGINT  NOT NULL,
    taken_over     BOOLEAN NOT NULL,
    PRIMARY KEY (customer_id, playback_id),
    FOREIGN KEY (customer_id, entitlement_id) REFERENCES entitlements
);
CREATE INDEX playbacks_living ON playbacks (customer_id, lease_until_us);
CREATE INDEX playbacks_of_an_entitlement ON playbacks (customer_id, entitlement_id, lease_until_us);

-- Sign media tokens; the newest one does, the older ones still check.
CREATE TABLE signing_keys (
    key_number    BIGINT  NOT NULL PRIMARY KEY,
    secret        BYTEA   NOT NULL,
    created_at_us BIGINT  NOT NULL
);

CREATE TABLE watchlist (
    customer_id UUID    NOT NULL REFERENCES customers,
    title_id    TEXT    NOT NULL,
    added_at_us BIGINT  NOT NULL,
    PRIMARY KEY (customer_id, title_id)
);

-- The change feed's counter, and the lab's clock.

CREATE TABLE feed (id SMALLINT PRIMARY KEY CHECK (id = 1), revision BIGINT NOT NULL);
INSERT INTO feed (id, revision) VALUES (1, 0);

CREATE TABLE lab_clock (id SMALLINT PRIMARY KEY CHECK (id = 1), offset_seconds BIGINT NOT NULL);
INSERT INTO lab_clock (id, offset_seconds) VALUES (1, 0);
