package import Evidence

/// One SQLite file that holds everything which must survive.
///
/// When `commit` has returned, its changes survive a kill and a loss of power: write-ahead log,
/// `synchronous=FULL`, read back at open. One writer a file; any number of readers in other
/// processes. No read is left open between two calls, so readers never hold the log up.
///
/// Confined to one thread. Only a checkpoint works elsewhere, on a connection of its own.
package final class Store {
  /// Who opens the file, and why.
  package enum Access {
    /// The daemon: creates the file if there is none, with this identity, and holds its lock. The
    /// hasher makes the tree of the entries.
    case writing(identityIfNew: String, TreeHasher)
    /// Another program, while a daemon may be writing.
    case reading
    /// As `reading`, of a file that may be damaged: nothing is verified at open. For `fsck`.
    case inspecting

    var isReading: Bool { if case .reading = self { true } else { false } }
    var isInspecting: Bool { if case .inspecting = self { true } else { false } }
  }

  /// As given to `open`.
  package let path: String
  /// Given when the file was created; never changes.
  package let identity: String
  /// Of the newest event; 0 if there is none. A reading store looks again at each `events`.
  package internal(set) var lastSequence: Int64 = 0
  /// Of the oldest event kept; one more than `lastSequence` if there is none.
  package internal(set) var firstSequence: Int64 = 1
  /// Of the newest audit entry, and so the size of the tree; 0 if there is none.
  package internal(set) var lastEntryNumber: Int64 = 0
  /// Of a writer, at `lastEntryNumber`.
  var edge = RightEdge()
  /// Reads what is on its way to the disk past the writer's cache; opened when first needed.
  var rereading: TreeReader?
  /// Why nothing is written any more; nil while all is well.
  package internal(set) var failure: StoreError?
  /// Size of the write-ahead log after the last commit. Far beyond `checkpointThresholdBytes`
  /// means that another program keeps a read open.
  package var logSizeBytes: Int64 { Int64(logSize.pages) * StoreSettings.pageSizeBytes }

  let settings: StoreSettings
  let access: Access
  let steps: [String]
  let logSize = LogSize()
  var checkpointState = CheckpointState.idle
  /// What was removed still stands in the log: the size, in pages, at which to try to empty it.
  var emptyLogAtPages: Int?
  /// The log size, in pages, at which the next checkpoint begins.
  var nextCheckpointPages: Int
  private var lock: WriterLock?
  private(set) var prepared: Prepared?

  /// Opens the file, verifies what is to be trusted, and for a writer creates or migrates it.
  ///
  /// A file of another program is refused untouched. Verified are the schema, the last
  /// `StoreSettings.tailRows` events and entries, every open command, every call and session; for
  /// a writer also that the disk takes a write.
  package static func open(
    at path: String, access: Access, settings: StoreSettings = StoreSettings()
  ) throws(StoreError) -> Store {
    try Store(path, access, settings, steps: Schema.steps)
  }

  init(_ path: String, _ access: Access, _ settings: StoreSettings, steps: [String])
    throws(StoreError)
  {
    let opened = try OpenedFile(path, access, settings, steps: steps)
    self.path = path
    self.access = access
    self.settings = settings
    self.steps = steps
    identity = opened.identity
    lock = opened.lock
    nextCheckpointPages = settings.checkpointThresholdPages
    prepared = try Prepared(opened.connection)
    try refreshBounds()
    if case .writing = access {
      opened.connection.watchLog(logSize)
      try proveWritable(opened.connection)
    }
    if !access.isInspecting { try verifyTail() }
    if case .writing = access {
      edge = try RightEdge(size: lastEntryNumber) { (subtree) throws(StoreError) in
        try node(subtree)
      }
    }
  }

  /// Opening writes nothing where a file and its log are in order: a full or failing disk would
  /// show only at the first commit. The version written as it is goes through the log and its sync;
  /// of a row SQLite would see that nothing changes.
  private func proveWritable(_ connection: Connection) throws(StoreError) {
    try connection.execute("PRAGMA user_version = \(steps.count)", "write to", path)
  }

  /// Closes the file; the last one to close it empties the log. Idempotent.
  ///
  /// A checkpoint that is still at work elsewhere ends on its own; its result is ignored.
  package func close() {
    // The writer's connection last: only that can copy the log into the file and remove it.
    rereading = nil
    prepared = nil
    lock = nil
  }

  /// The connection and its statements, while the store is open.
  func use() throws(StoreError) -> Prepared {
    guard let prepared else {
      throw StoreError(
        .unusable, operation: "use", subject: path, cause: "the store is closed",
        nextStep: "restart")
    }
    return prepared
  }

  /// Reads the bounds that `commit` keeps up to date otherwise.
  func refreshBounds() throws(StoreError) {
    let connection = try use().connection
    lastSequence = try connection.integer("SELECT max(sequence) FROM events", "events") ?? 0
    let first =
      try connection.integer("SELECT min(sequence) FROM events WHERE sequence > 0", "events") ?? 0
    firstSequence = first == 0 ? lastSequence + 1 : first
    lastEntryNumber = try connection.integer("SELECT max(number) FROM entries", "entries") ?? 0
  }
}

/// What may be tuned, each with the reason for its default.
package struct StoreSettings: Equatable, Sendable {
  /// Of a new file. Rows are 0.7 to 2 KB: 16 KB holds ten, at little cost to a lone row
  /// (measured: a third more rows a second than with 4 KB in batches, the same for one).
  static let pageSizeBytes: Int64 = 16_384

  /// Another program with the file open for a moment is no reason to fail; the daemon is alone.
  static let lockMilliseconds: Int32 = 5_000

  /// How many of the newest rows are verified at open: more than any commit or any reader's page,
  /// few enough to read in some milliseconds.
  package static let tailRows: Int64 = 1_000

  /// The log size at which a checkpoint begins: large enough that a page is copied once for many
  /// commits, small enough to be read again within 100 ms after a kill.
  package var checkpointThresholdBytes: Int64 = 32 << 20

  /// The file may not grow beyond this; nil for no limit but the disk's.
  package var sizeMaxBytes: Int64?

  /// What is removed or replaced is overwritten with zeros in the file.
  package var overwritesRemoved = false

  /// The defaults.
  package init() {}

  var checkpointThresholdPages: Int {
    max(1, Int(checkpointThresholdBytes / Self.pageSizeBytes))
  }
}
