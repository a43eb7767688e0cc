-- The database of recbridge: one SQLite file in write-ahead mode, written by one daemon.
--
-- Read it with any SQLite (3.38 or newer, for STRICT tables and ->>) while the daemon runs, with
-- short reads: a read that is held open keeps the -wal file growing. Never write to it.
--
-- Durability: a transaction is acknowledged after the -wal file has been synced
-- (synchronous=FULL). A backup is the file and its -wal together, or sqlite3's .backup command.
--
-- checksum is CRC-32C (RFC 3720 appendix B.4) over the row's other values in the order in which
-- Sources/Store names them (for events: sequence, type, agent, call, wall_us, line): an integer is
-- eight bytes, least significant first; text and blobs are their length as such an integer, then
-- their bytes; an absent text is -1 alone; an absent integer is -1, a present one 1 and itself.
-- In commands, three columns are one integer: is_open + 2 * is_exception + 4 * is_acknowledged.
--
-- The tree over the entries is that of RFC 6962 with SHA-256: leaf N - 1 is the record of entry N.
-- nodes of an entry holds the leaf's hash and then, one for each further level, the hashes of the
-- perfect subtrees that it completes; node (level, k) lies in entry (k + 1) * 2^level.
--
-- What an entry says stands in its record, JSON; the view audit shows it in columns:
--   SELECT time, call, operation, grade, witness FROM audit WHERE grade IS NOT NULL;
--
-- "Never changed, never deleted" has the exceptions that version 5 names, at the end, and that the
-- triggers of entries allow: retention takes records out.
--
-- user_version counts the migrations; a program refuses a file newer than it knows.
PRAGMA page_size = 16384;
PRAGMA application_id = 0x72656362;
PRAGMA user_version = 6;

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

-- Version 2. An exception that an operator has seen to is no longer on the worklist.
ALTER TABLE commands ADD COLUMN
  is_acknowledged INTEGER NOT NULL DEFAULT 0 CHECK (is_acknowledged IN (0, 1));
CREATE INDEX commands_worklist ON commands (number)
  WHERE is_exception = 1 AND is_acknowledged = 0;

CREATE TABLE groups (
  -- Durable readers: how far each has acknowledged.
  name TEXT NOT NULL PRIMARY KEY,
  sequence INTEGER NOT NULL,      -- everything up to this event; 0 for nothing
  wall_us INTEGER NOT NULL,       -- when it last moved
  checksum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Version 5. What may be taken out again: personal values, and what retention has passed. The
-- triggers refuse every other change; a checksum does not cover erased_us and pruned_us.
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
