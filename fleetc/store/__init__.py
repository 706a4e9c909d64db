"""Store: snapshots and the ledger, each one portable SQLite file, and recorded states as text.

In come frozen values (`Observation`, `Plan`, `CallRow`, ...), out come the same values. Laws:

- What was stored reads back equal, or a `StateProblem` says which file is damaged and how.
  Nothing is repaired silently and a damaged file is never written to.
- Each public method that writes is one transaction; after it returns, a power cut loses nothing.
- A file carries an application id and a schema version from the first release. An older file is
  copied and then migrated by the steps after its version (`fleetc.sqlfile`); a newer one is
  refused with the version it needs. A released step never changes.
- Audit and event rows can only be added. The head of the audit chain also stands in a file beside
  the ledger, so that a cut tail and a restored old copy are seen.

`database` opens files and turns SQLite's errors into ours; `snapshots` (with `snapshot_reading`,
`snapshot_history`, `snapshot_blocks`) and `recorded` implement `ports.SnapshotStore` and the text form; `ledger`
implements `ports.Ledger` from its parts (`ledger_plans`, `ledger_account`, `ledger_runs`,
`ledger_audit`). `snapshot_query` answers SQL over the views that `snapshot_views` documents.
`inspection` looks through files without changing them, and `archive` makes and reads backups.
`mounts` tells a network file system, on which no database is opened.
"""
