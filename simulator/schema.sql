-- The durable memory of the outside world. Instants are seconds since 1970.

-- Every request that a service received, repeats and refusals included, and what it was told.
CREATE TABLE IF NOT EXISTS call (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    service TEXT NOT NULL,
    operation TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    correlation_id TEXT NOT NULL,
    reference TEXT NOT NULL,
    body TEXT NOT NULL,
    fault TEXT NOT NULL DEFAULT '',
    outcome TEXT NOT NULL DEFAULT 'RUNNING',
    status INTEGER,
    response TEXT,
    received_at REAL NOT NULL,
    answered_at REAL
);
CREATE INDEX IF NOT EXISTS call_by_reference ON call (reference);
CREATE INDEX IF NOT EXISTS call_by_key ON call (idempotency_key);

-- What stands under a key: the answer that every repeat gets, or the promise that nothing will ever happen under it.
CREATE TABLE IF NOT EXISTS operation (
    service TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    operation TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('DONE', 'REFUSED', 'CLOSED')),
    body_digest TEXT NOT NULL,
    reference TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    status INTEGER NOT NULL,
    response TEXT NOT NULL,
    created_at REAL NOT NULL,
    PRIMARY KEY (service, idempotency_key)
);

-- Each change of the world. An undo writes the opposite quantity and amount, so what is undone nets to nothing.
CREATE TABLE IF NOT EXISTS effect (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    call_id INTEGER NOT NULL,
    service TEXT NOT NULL,
    operation TEXT NOT NULL,
    kind TEXT NOT NULL,
    reference TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    amount INTEGER NOT NULL DEFAULT 0,
    currency TEXT NOT NULL DEFAULT '',
    created_at REAL NOT NULL,
    CONSTRAINT an_operation_takes_effect_once UNIQUE (service, operation, idempotency_key)
);
CREATE INDEX IF NOT EXISTS effect_by_reference ON effect (reference);

-- The things that effects made: messages, checks, accounts, wallets, cards, as their provider shows them. One that changes by itself,
-- as a check does, has its next document and the instant from which that one counts.
CREATE TABLE IF NOT EXISTS resource (
    id TEXT PRIMARY KEY,
    service TEXT NOT NULL,
    kind TEXT NOT NULL,
    reference TEXT NOT NULL,
    document TEXT NOT NULL,
    next_document TEXT,
    changes_at REAL,
    created_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS resource_by_kind ON resource (kind, created_at);

-- Messages to the caller's own server, sent until it answers 2xx.
CREATE TABLE IF NOT EXISTS webhook (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL UNIQUE,
    call_id INTEGER NOT NULL,
    service TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    reference TEXT NOT NULL,
    correlation_id TEXT NOT NULL,
    url TEXT NOT NULL,
    body TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('PENDING', 'DELIVERED', 'LOST', 'CANCELLED', 'GIVEN_UP')),
    copies INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    delivered INTEGER NOT NULL DEFAULT 0,
    last_answer TEXT NOT NULL DEFAULT '',
    due_at REAL NOT NULL,
    created_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS webhook_due ON webhook (due_at) WHERE status = 'PENDING';

-- Scripts of misbehaviour: each matching call takes the next entry.
CREATE TABLE IF NOT EXISTS fault (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    service TEXT NOT NULL,
    operation TEXT NOT NULL,
    match_reference TEXT,
    match_key TEXT,
    script TEXT NOT NULL,
    entries INTEGER NOT NULL,
    taken INTEGER NOT NULL DEFAULT 0,
    created_at REAL NOT NULL
);
