"""The ledger's tables, as steps: a change is a new step, and a released one never changes."""

from __future__ import annotations

from fleetc.store.database import Schema

__all__ = ["LEDGER"]

_VERSION_1 = """
CREATE TABLE plan (
  digest TEXT PRIMARY KEY,
  account TEXT NOT NULL,
  stored_at TEXT NOT NULL,
  body TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE request (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  digest TEXT NOT NULL UNIQUE REFERENCES plan (digest),
  account TEXT NOT NULL,
  environment TEXT NOT NULL,
  status TEXT NOT NULL
    CHECK (status IN ('waiting', 'approved', 'rejected', 'expired', 'used', 'superseded')),
  opened_at TEXT NOT NULL,
  opened_by TEXT NOT NULL
);

CREATE TABLE approval (
  id INTEGER PRIMARY KEY,
  digest TEXT NOT NULL REFERENCES plan (digest),
  account TEXT NOT NULL,
  "commit" TEXT NOT NULL,
  approver TEXT NOT NULL,
  counts TEXT NOT NULL,
  at REAL NOT NULL,
  expires_at REAL NOT NULL,
  comment TEXT NOT NULL,
  used_by TEXT NOT NULL,
  revoked INTEGER NOT NULL
);
CREATE INDEX approval_digest ON approval (digest);

CREATE TABLE withheld (
  account TEXT NOT NULL,
  address TEXT NOT NULL,
  by TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  PRIMARY KEY (account, address)
) WITHOUT ROWID;

CREATE TABLE baseline (
  account TEXT NOT NULL,
  address TEXT NOT NULL,
  id TEXT NOT NULL,
  fields TEXT NOT NULL,
  declared TEXT NOT NULL,
  PRIMARY KEY (account, address)
) WITHOUT ROWID;

CREATE TABLE applied_commit (
  account TEXT PRIMARY KEY,
  id TEXT NOT NULL
) WITHOUT ROWID;

-- the row of a released lease stays, with an empty owner: its epoch must grow for ever
CREATE TABLE lease (
  account TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  purpose TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  expires_at REAL NOT NULL
) WITHOUT ROWID;

CREATE TABLE run (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  digest TEXT NOT NULL REFERENCES plan (digest),
  account TEXT NOT NULL,
  environment TEXT NOT NULL,
  status TEXT NOT NULL
    CHECK (status IN ('starting', 'running', 'paused', 'applied', 'partial', 'failed', 'refused')),
  by TEXT NOT NULL,
  started_at TEXT NOT NULL,
  finished_at TEXT NOT NULL,
  heartbeat REAL NOT NULL,
  pid INTEGER NOT NULL,
  host TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  pause_requested INTEGER NOT NULL
);

CREATE TABLE call (
  place INTEGER PRIMARY KEY,
  op_id TEXT NOT NULL UNIQUE,
  run TEXT NOT NULL REFERENCES run (id),
  action TEXT NOT NULL,
  number INTEGER NOT NULL,
  state TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  base_hash TEXT NOT NULL,
  symbolic_digest TEXT NOT NULL,
  arguments TEXT NOT NULL,
  platform_id TEXT NOT NULL,
  live_hash TEXT NOT NULL,
  reason TEXT NOT NULL,
  sent_at REAL NOT NULL
);
CREATE INDEX call_run ON call (run);

CREATE TABLE event (
  run TEXT NOT NULL REFERENCES run (id),
  seq INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (run, seq)
) WITHOUT ROWID;
CREATE TRIGGER event_no_update BEFORE UPDATE ON event
  BEGIN SELECT raise(ABORT, 'events are only added'); END;
CREATE TRIGGER event_no_delete BEFORE DELETE ON event
  BEGIN SELECT raise(ABORT, 'events are only added'); END;

CREATE TABLE audit (
  seq INTEGER PRIMARY KEY,
  at TEXT NOT NULL,
  actor TEXT NOT NULL,
  os_user TEXT NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail TEXT NOT NULL,
  previous TEXT NOT NULL,
  hash TEXT NOT NULL
);
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
  BEGIN SELECT raise(ABORT, 'audit rows are only added'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
  BEGIN SELECT raise(ABORT, 'audit rows are only added'); END;
"""

_VERSION_2 = """
-- what the last applied plan of an account protected; `digest` is that plan's
CREATE TABLE protection (
  account TEXT NOT NULL,
  address TEXT NOT NULL,
  since TEXT NOT NULL,
  digest TEXT NOT NULL,
  PRIMARY KEY (account, address)
) WITHOUT ROWID;
"""

_VERSION_3 = """
ALTER TABLE approval ADD COLUMN kind TEXT NOT NULL DEFAULT 'person'
  CHECK (kind IN ('person', 'rule', 'break-glass'));
CREATE INDEX approval_account ON approval (account);

-- by what the changes of an approved plan are known again in a later one
CREATE TABLE marks (
  digest TEXT PRIMARY KEY REFERENCES plan (digest),
  body BLOB NOT NULL
);

-- rule files, all of one commit as one text
CREATE TABLE rules_text (
  digest TEXT PRIMARY KEY,
  body TEXT NOT NULL
);

-- the rules applied last to an account, by the plan of digest `plan`
CREATE TABLE accepted_rules (
  account TEXT PRIMARY KEY,
  digest TEXT NOT NULL,
  plan TEXT NOT NULL,
  at TEXT NOT NULL
) WITHOUT ROWID;

-- what runs have verified, for budgets that count over time
CREATE TABLE applied_change (
  number INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  kind TEXT NOT NULL,
  op TEXT NOT NULL,
  address TEXT NOT NULL,
  run TEXT NOT NULL,
  at REAL NOT NULL,
  facts TEXT NOT NULL,
  UNIQUE (run, op, address)
);
CREATE INDEX applied_change_at ON applied_change (account, at);
"""

_VERSION_4 = """
-- 1 for a change that failed without anybody knowing whether it took effect
ALTER TABLE applied_change ADD COLUMN doubtful INTEGER NOT NULL DEFAULT 0;

-- the environment that an account was applied as last, by the plan of digest `plan`
CREATE TABLE applied_environment (
  account TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  plan TEXT NOT NULL,
  at TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO applied_environment
  SELECT account, environment, digest, finished_at FROM run
  WHERE number IN (SELECT max(number) FROM run WHERE status IN ('applied', 'partial') GROUP BY account);
"""

LEDGER = Schema(
    what="ledger", application_id=0x666C_7467, steps=(_VERSION_1, _VERSION_2, _VERSION_3, _VERSION_4)
)
