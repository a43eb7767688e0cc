import Evidence

/// What the file looks like: forward-only steps, each the work of one version.
///
/// `PRAGMA user_version` counts the steps done. A step that has been released never changes; a
/// change of the schema is a step added at the end. `schemas/store.sql` is all of them as one
/// text, for readers of the file.
enum Schema {
  /// "recb": tells our files from everybody else's. sqlite.org/pragma.html#pragma_application_id
  static let applicationID: Int64 = 0x7265_6362

  static let steps: [String] = [
    first, acknowledgements, tree, groups, removals, records,
  ]

  private static let first = """
    CREATE TABLE store (
      -- One row. Cursors carry the identity, so that a cursor of another store is known as such.
      id INTEGER PRIMARY KEY CHECK (id = 1),
      identity TEXT NOT NULL CHECK (identity <> '')
    ) STRICT;

    CREATE TABLE events (
      -- What was published. Never changed, never deleted. The hot table: no secondary index.
      sequence INTEGER PRIMARY KEY,   -- gap-free; the number in a cursor
      type TEXT NOT NULL,             -- recbridge.call.v1, ...
      agent TEXT NOT NULL,
      call TEXT,                      -- NULL if the event is about no call
      wall_us INTEGER NOT NULL,       -- our observation, microseconds since 1970 UTC
      checksum INTEGER NOT NULL,      -- CRC-32C of the other columns, as in every table
      line BLOB NOT NULL              -- the exact bytes subscribers get, without the newline
    ) STRICT;
    CREATE TRIGGER events_refuse_update BEFORE UPDATE ON events
    BEGIN SELECT RAISE(ABORT, 'events are immutable'); END;
    CREATE TRIGGER events_refuse_delete BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'events are immutable'); END;

    CREATE TABLE entries (
      -- The audit: how each command ended and what witnessed it. Never changed, never deleted.
      number INTEGER PRIMARY KEY,     -- gap-free from 1
      sequence INTEGER NOT NULL,      -- its event, written in the same transaction
      command TEXT NOT NULL,
      agent TEXT NOT NULL,
      call TEXT NOT NULL,
      operation TEXT NOT NULL,
      grade TEXT NOT NULL,
      witness TEXT NOT NULL,
      latency_us INTEGER,             -- from issue to witness; NULL if nothing was witnessed
      wall_us INTEGER NOT NULL,
      checksum INTEGER NOT NULL,
      record BLOB NOT NULL
    ) STRICT;
    CREATE TRIGGER entries_refuse_update BEFORE UPDATE ON entries
    BEGIN SELECT RAISE(ABORT, 'entries are immutable'); END;
    CREATE TRIGGER entries_refuse_delete BEFORE DELETE ON entries
    BEGIN SELECT RAISE(ABORT, 'entries are immutable'); END;

    CREATE TABLE quarantine (
      -- Messages nobody could read, as they came. Never changed, never deleted.
      sequence INTEGER PRIMARY KEY,   -- its event, written in the same transaction
      agent TEXT NOT NULL,
      channel TEXT,
      reason TEXT NOT NULL,
      size_bytes INTEGER NOT NULL,    -- as received; bytes may hold less
      checksum INTEGER NOT NULL,
      bytes BLOB NOT NULL
    ) STRICT;
    CREATE TRIGGER quarantine_refuse_update BEFORE UPDATE ON quarantine
    BEGIN SELECT RAISE(ABORT, 'quarantined messages are immutable'); END;
    CREATE TRIGGER quarantine_refuse_delete BEFORE DELETE ON quarantine
    BEGIN SELECT RAISE(ABORT, 'quarantined messages are immutable'); END;

    CREATE TABLE commands (
      -- What was asked, as it stands now.
      number INTEGER PRIMARY KEY,     -- order of first arrival
      id TEXT NOT NULL UNIQUE,
      key TEXT UNIQUE,                -- the caller's idempotency key
      agent TEXT NOT NULL,
      call TEXT NOT NULL,
      operation TEXT NOT NULL,
      status TEXT NOT NULL,
      grade TEXT,                     -- NULL until final
      is_open INTEGER NOT NULL CHECK (is_open IN (0, 1)),
      is_exception INTEGER NOT NULL CHECK (is_exception IN (0, 1)),
      issued_wall_us INTEGER NOT NULL,
      sequence INTEGER NOT NULL,      -- the event that last moved it
      checksum INTEGER NOT NULL,
      record BLOB NOT NULL
    ) STRICT;
    CREATE INDEX commands_open ON commands (number) WHERE is_open = 1;
    CREATE INDEX commands_exception ON commands (number) WHERE is_exception = 1;

    CREATE TABLE calls (
      -- The live calls of each agent.
      agent TEXT NOT NULL,
      call TEXT NOT NULL,
      checksum INTEGER NOT NULL,
      record BLOB NOT NULL,
      PRIMARY KEY (agent, call)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE sessions (
      -- Each agent's Bayeux session: what resumes it after a restart.
      agent TEXT NOT NULL PRIMARY KEY,
      checksum INTEGER NOT NULL,
      record BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;

    """

  private static let acknowledgements = """
    -- An exception that an operator has seen to is no longer on the worklist.
    ALTER TABLE commands ADD COLUMN
      is_acknowledged INTEGER NOT NULL DEFAULT 0 CHECK (is_acknowledged IN (0, 1));
    CREATE INDEX commands_worklist ON commands (number)
      WHERE is_exception = 1 AND is_acknowledged = 0;

    """

  private static let tree = """
    -- Every entry is a leaf of a Merkle tree (RFC 6962), whatever it is about. The entries of
    -- before are taken into it with the bytes that they have.
    DROP TRIGGER entries_refuse_update;
    DROP TRIGGER entries_refuse_delete;
    ALTER TABLE entries RENAME TO entries_before;
    CREATE TABLE entries (
      -- The audit: what was asked, seen and done. Never changed, never deleted.
      number INTEGER PRIMARY KEY,     -- gap-free from 1; the leaf's place in the tree, and one
      sequence INTEGER NOT NULL,      -- its event, written in the same transaction
      type TEXT NOT NULL,             -- its event's
      agent TEXT NOT NULL,            -- empty if it is about none
      call TEXT,
      command TEXT,
      operation TEXT,
      grade TEXT,
      witness TEXT,
      latency_us INTEGER,             -- from issue to witness; NULL if nothing was witnessed
      wall_us INTEGER NOT NULL,
      checksum INTEGER NOT NULL,
      nodes BLOB NOT NULL,            -- SHA-256 of 0x00 and record; then each node it completes
      record BLOB NOT NULL            -- the leaf's exact bytes: JSON; columns repeat its parts
    ) STRICT;
    CREATE TRIGGER entries_refuse_update BEFORE UPDATE ON entries
    BEGIN SELECT RAISE(ABORT, 'entries are immutable'); END;
    CREATE TRIGGER entries_refuse_delete BEFORE DELETE ON entries
    BEGIN SELECT RAISE(ABORT, 'entries are immutable'); END;
    CREATE INDEX entries_call ON entries (call, number) WHERE call IS NOT NULL;
    CREATE INDEX entries_daemon ON entries (number) WHERE type = 'recbridge.daemon.v1';

    CREATE TABLE checkpoints (
      -- What was signed of the tree (C2SP tlog-checkpoint). Never changed, never deleted.
      sequence INTEGER PRIMARY KEY,   -- its event, written in the same transaction
      size INTEGER NOT NULL,          -- how many entries it covers
      wall_us INTEGER NOT NULL,
      checksum INTEGER NOT NULL,
      note TEXT NOT NULL
    ) STRICT;
    CREATE TRIGGER checkpoints_refuse_update BEFORE UPDATE ON checkpoints
    BEGIN SELECT RAISE(ABORT, 'checkpoints are immutable'); END;
    CREATE TRIGGER checkpoints_refuse_delete BEFORE DELETE ON checkpoints
    BEGIN SELECT RAISE(ABORT, 'checkpoints are immutable'); END;
    CREATE INDEX checkpoints_size ON checkpoints (size);

    """

  private static let groups = """
    CREATE TABLE groups (
      -- Durable readers: how far each has acknowledged.
      name TEXT NOT NULL PRIMARY KEY,
      sequence INTEGER NOT NULL,      -- everything up to this event; 0 for nothing
      wall_us INTEGER NOT NULL,       -- when it last moved
      checksum INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    """

  /// Its triggers refuse whatever the bounds in `retention` and the marks do not allow.
  private static let removals = """
    -- What may be taken out again: personal values, and what retention has passed.
    CREATE TABLE clear_values (
      -- Personal values that stand in an entry's record as commitments, in clear, until erased.
      entry INTEGER NOT NULL,         -- the entry's number
      place INTEGER NOT NULL,         -- where the commitment begins in the record, in bytes
      field TEXT NOT NULL,            -- phoneNumbers, userData, fileNames
      checksum INTEGER NOT NULL,
      salt BLOB NOT NULL,
      value BLOB NOT NULL,            -- exact JSON; SHA-256 of salt and value is the commitment
      PRIMARY KEY (entry, place)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX clear_values_field ON clear_values (field, entry);
    CREATE TRIGGER clear_values_refuse_update BEFORE UPDATE ON clear_values
    BEGIN SELECT RAISE(ABORT, 'clear values are immutable'); END;

    CREATE TABLE retention (
      -- How far each thing may be, and is being, removed; it only rises.
      what TEXT NOT NULL PRIMARY KEY, -- events, entries; lines of events: phoneNumbers, ...
      through INTEGER NOT NULL,       -- an event's sequence or an entry's number
      checksum INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TRIGGER retention_refuse_update BEFORE UPDATE ON retention
    WHEN new.what <> old.what OR new.through < old.through
    BEGIN SELECT RAISE(ABORT, 'retention does not go back'); END;
    CREATE TRIGGER retention_refuse_delete BEFORE DELETE ON retention
    BEGIN SELECT RAISE(ABORT, 'retention does not go back'); END;

    CREATE TABLE erasures (
      -- Calls whose personal data are being erased: what a restart has to finish.
      sequence INTEGER PRIMARY KEY,   -- the event that says who asked for it
      call TEXT NOT NULL,
      checksum INTEGER NOT NULL
    ) STRICT;

    ALTER TABLE events ADD COLUMN erased_us INTEGER;  -- when personal data were taken out
    DROP TRIGGER events_refuse_update;
    CREATE TRIGGER events_refuse_update BEFORE UPDATE ON events
    WHEN new.erased_us IS NULL OR new.sequence <> old.sequence OR new.type <> old.type
      OR new.agent <> old.agent OR new.call IS NOT old.call OR new.wall_us <> old.wall_us
    BEGIN SELECT RAISE(ABORT, 'events are immutable'); END;
    DROP TRIGGER events_refuse_delete;
    CREATE TRIGGER events_refuse_delete BEFORE DELETE ON events
    WHEN old.sequence > ifnull((SELECT through FROM retention WHERE what = 'events'), 0)
    BEGIN SELECT RAISE(ABORT, 'events are immutable'); END;

    ALTER TABLE entries ADD COLUMN pruned_us INTEGER;  -- when the record was taken out
    DROP TRIGGER entries_refuse_update;
    CREATE TRIGGER entries_refuse_update BEFORE UPDATE ON entries
    WHEN old.pruned_us IS NOT NULL OR new.pruned_us IS NULL OR new.number <> old.number
      OR new.sequence <> old.sequence OR new.type <> old.type OR new.wall_us <> old.wall_us
      OR new.nodes <> old.nodes OR length(new.record) > 0
      OR old.number > ifnull((SELECT through FROM retention WHERE what = 'entries'), 0)
    BEGIN SELECT RAISE(ABORT, 'entries are immutable'); END;

    ALTER TABLE quarantine ADD COLUMN erased_us INTEGER;  -- when the bytes were taken out
    DROP TRIGGER quarantine_refuse_update;
    CREATE TRIGGER quarantine_refuse_update BEFORE UPDATE ON quarantine
    WHEN new.erased_us IS NULL OR new.sequence <> old.sequence OR new.agent <> old.agent
      OR new.channel IS NOT old.channel OR new.reason <> old.reason
      OR new.size_bytes <> old.size_bytes OR length(new.bytes) > 0
    BEGIN SELECT RAISE(ABORT, 'quarantined messages are immutable'); END;
    DROP TRIGGER quarantine_refuse_delete;
    CREATE TRIGGER quarantine_refuse_delete BEFORE DELETE ON quarantine
    WHEN old.sequence > ifnull((SELECT through FROM retention WHERE what = 'events'), 0)
    BEGIN SELECT RAISE(ABORT, 'quarantined messages are immutable'); END;

    """

  private static let records = """
    -- What an entry says stands in its record alone; the view says it in columns.
    DROP INDEX entries_call;
    DROP INDEX entries_daemon;
    DROP TRIGGER entries_refuse_update;
    DROP TRIGGER entries_refuse_delete;
    ALTER TABLE entries RENAME TO entries_repeating;
    CREATE TABLE entries (
      -- The audit: what was asked, seen and done. Never changed, never deleted.
      -- Gap-free from 1; the leaf's place in the tree, and one.
      number INTEGER PRIMARY KEY CHECK (number > 0),
      sequence INTEGER NOT NULL,      -- its event, written in the same transaction
      type TEXT NOT NULL,             -- its event's
      wall_us INTEGER NOT NULL,       -- its event's
      checksum INTEGER NOT NULL,
      nodes BLOB NOT NULL,            -- SHA-256 of 0x00 and record; then each node it completes
      record BLOB NOT NULL,           -- the leaf's exact bytes: JSON
      pruned_us INTEGER               -- when the record was taken out
    ) STRICT;
    CREATE TRIGGER entries_refuse_update BEFORE UPDATE ON entries
    WHEN old.pruned_us IS NOT NULL OR new.pruned_us IS NULL OR new.number <> old.number
      OR new.sequence <> old.sequence OR new.type <> old.type OR new.wall_us <> old.wall_us
      OR new.nodes <> old.nodes OR length(new.record) > 0
      OR old.number > ifnull((SELECT through FROM retention WHERE what = 'entries'), 0)
    BEGIN SELECT RAISE(ABORT, 'entries are immutable'); END;
    CREATE TRIGGER entries_refuse_delete BEFORE DELETE ON entries
    BEGIN SELECT RAISE(ABORT, 'entries are immutable'); END;
    CREATE INDEX entries_daemon ON entries (number) WHERE type = 'recbridge.daemon.v1';

    CREATE VIEW audit AS
    -- What the records of the entries say. NULL where a record says nothing, or is gone.
    SELECT number, sequence, type, json ->> '$.time' AS time, json ->> '$.agent' AS agent,
      json ->> '$.call' AS call, json ->> '$.command' AS command,
      json ->> '$.operation' AS operation, json ->> '$.grade' AS grade,
      ifnull(json ->> '$.evidence.kind', json ->> '$.witness') AS witness,
      json ->> '$.latencyMs' AS latency_ms, json
    FROM (
      SELECT number, sequence, type,
        CASE WHEN json_valid(CAST(record AS TEXT)) THEN CAST(record AS TEXT) END AS json
      FROM entries
    );

    """

  /// Does one step: its SQL, and what SQL cannot do.
  static func perform(
    _ step: String, on connection: Connection, _ operation: String, _ hasher: TreeHasher
  ) throws(StoreError) {
    try connection.execute(step, operation, connection.path)
    try EntriesBefore.move(in: connection, hasher)
  }

  /// Every object of a file that has done `steps`, one text each, in a fixed order.
  static func objects(after steps: [String]) throws(StoreError) -> [String] {
    let scratch = try Connection(path: "the schema", mode: .memory)
    // A schema has no entries to hash.
    let hasher = TreeHasher { _, _ in InlineArray(repeating: 0) }
    for step in steps { try perform(step, on: scratch, "create", hasher) }
    return try objects(in: scratch)
  }

  static func objects(in connection: Connection) throws(StoreError) -> [String] {
    let query =
      "SELECT type || ' ' || name || ': ' || ifnull(sql, '') FROM sqlite_schema ORDER BY 1"
    return try connection.prepare(query, "sqlite_schema")
      .rows { (statement) throws(StoreError) in statement.text(at: 0) }
  }
}
