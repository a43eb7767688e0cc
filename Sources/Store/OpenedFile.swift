import Evidence

/// A store's file after every question about it has been answered: ours, of our version, with the
/// settings we rely on, and locked if it is to be written.
struct OpenedFile {
  let connection: Connection
  let lock: WriterLock?
  let identity: String

  init(_ path: String, _ access: Store.Access, _ settings: StoreSettings, steps: [String])
    throws(StoreError)
  {
    switch access {
    case .writing(let identityIfNew, let hasher):
      // Looked at read-only first: a foreign file is to stay as it is, without a lock beside it.
      if try StoreFile.exists(path) {
        _ = try Self.version(Connection(path: path, mode: .readOnly), steps.count)
      }
      lock = try WriterLock(storePath: path)
      try StoreFile.createIfMissing(path)
      connection = try Connection(path: path, mode: .readWrite)
      try Self.configureWriter(connection, settings)
      try Self.migrate(connection, steps, identityIfNew, hasher)
      try Self.configureRemoval(connection, settings)
    case .reading, .inspecting:
      guard try StoreFile.exists(path) else {
        throw StoreError(
          .missing, operation: "open", subject: path, cause: "there is no such file",
          nextStep: "give the path that the daemon's configuration names as store")
      }
      lock = nil
      connection = try Connection(
        path: path, mode: StoreFile.isFrozen(path) ? .immutable : .readOnly)
      let version = try Self.version(connection, steps.count)
      guard version == steps.count else {
        throw StoreError(
          .older, operation: "open", subject: path,
          cause: "it has version \(version), this program reads \(steps.count)",
          nextStep: "start the daemon on it once, which migrates it")
      }
      // A writer holds the locks that a reader meets only for moments.
      try connection.execute("PRAGMA busy_timeout = 5000", "configure", path)
    }
    guard let identity = try connection.text("SELECT identity FROM store", "store") else {
      throw StoreError.damaged("store", row: "1", cause: "the row with the identity is missing")
    }
    self.identity = identity
    if access.isInspecting { return }
    guard try Schema.objects(in: connection) == Schema.objects(after: steps) else {
      throw StoreError.damaged(
        "sqlite_schema", row: "*",
        cause: "tables, indexes or triggers are not those of version \(steps.count)")
    }
  }

  /// How many steps the file has done; throws unless it is ours, or empty, and not newer.
  private static func version(_ connection: Connection, _ known: Int) throws(StoreError) -> Int {
    let path = connection.path
    let application = try connection.integer("PRAGMA application_id", path) ?? 0
    let version = try connection.integer("PRAGMA user_version", path) ?? 0
    let objects = try connection.integer("SELECT count(*) FROM sqlite_schema", path) ?? 0
    if application == 0, version == 0, objects == 0 { return 0 }
    guard application == Schema.applicationID else {
      throw StoreError(
        .foreign, operation: "open", subject: path,
        cause: "it is a SQLite file of another program (application_id \(application))",
        nextStep: "choose another path for the store")
    }
    guard version <= known else {
      throw StoreError(
        .newer, operation: "open", subject: path,
        cause: "it has version \(version), this program knows versions up to \(known)",
        nextStep: "run the newer recbridge that wrote it, or restore a backup")
    }
    return Int(version)
  }

  private static func configureWriter(_ connection: Connection, _ settings: StoreSettings)
    throws(StoreError)
  {
    // Before anything else, for it counts only in an empty file.
    try connection.execute(
      "PRAGMA page_size = \(StoreSettings.pageSizeBytes)", "configure", connection.path)
    connection.wait(forLocks: StoreSettings.lockMilliseconds)
    try connection.set("journal_mode", to: "WAL", expecting: "wal")
    // FULL: the log is synced at each commit (sqlite.org/pragma.html#pragma_synchronous).
    try connection.set("synchronous", to: "FULL", expecting: "2")
    // Checkpoints are run by hand, off the loop.
    try connection.set("wal_autocheckpoint", to: "0", expecting: "0")
    // A log that a burst blew up gives its space back after the next checkpoint.
    let limit = "\(settings.checkpointThresholdBytes * 2)"
    try connection.set("journal_size_limit", to: limit, expecting: limit)
    try connection.set("cell_size_check", to: "ON", expecting: "1")
    try connection.set("trusted_schema", to: "OFF", expecting: "0")
    // There are no foreign keys; retention will delete events before the commands they moved.
    try connection.set("foreign_keys", to: "OFF", expecting: "0")
    if let bytes = settings.sizeMaxBytes {
      let pages = max(1, bytes / StoreSettings.pageSizeBytes)
      try connection.execute("PRAGMA max_page_count = \(pages)", "configure", connection.path)
    }
  }

  private static func configureRemoval(
    _ connection: Connection, _ settings: StoreSettings
  ) throws(StoreError) {
    // Debian turns it on; overwriting deleted rows with zeros costs, and is wanted where something
    // is to be forgotten. Also what live calls leave in the file is then gone.
    let forgets = settings.overwritesRemoved
    try connection.set(
      "secure_delete", to: forgets ? "ON" : "OFF", expecting: forgets ? "1" : "0")
  }

  /// Does the steps that are missing, each in a transaction; a new file does all in one.
  private static func migrate(
    _ connection: Connection, _ steps: [String], _ identityIfNew: String, _ hasher: TreeHasher
  ) throws(StoreError) {
    var done = try version(connection, steps.count)
    if done == 0 {
      precondition(!identityIfNew.isEmpty, "a store needs an identity")
      try transaction(connection) { () throws(StoreError) in
        for step in steps { try Schema.perform(step, on: connection, "create", hasher) }
        let insertion = try connection.prepare("INSERT INTO store VALUES (1, ?)", "store")
        insertion.bind(1, identityIfNew)
        try insertion.run()
        try mark(connection, steps.count)
      }
      done = steps.count
    }
    if done == steps.count { return }
    try requireRoom(connection, after: done)
    // What a step takes out is overwritten, whatever the settings say: retention or an erasure may
    // be wanted later, and would know nothing of it.
    try connection.set("secure_delete", to: "ON", expecting: "1")
    for step in steps[done...] {
      done += 1
      try transaction(connection) { () throws(StoreError) in
        try Schema.perform(step, on: connection, "migrate", hasher)
        try mark(connection, done)
      }
    }
  }

  /// Steps that write the entries anew need room for them and for a log of the old and the new
  /// pages; to find that there is too little on the way would take from others what there is.
  private static func requireRoom(
    _ connection: Connection, after done: Int
  ) throws(StoreError) {
    guard done < 6 else { return }
    // Three times what they take, with what a row and its page take beside the bytes.
    let needed =
      3 * (try connection.integer("SELECT sum(length(record) + 300) FROM entries", "entries") ?? 0)
    let path = connection.path
    guard let room = StoreFile.roomBytes(path), room < needed else { return }
    throw StoreError(
      .full, operation: "migrate", subject: path,
      cause:
        "its entries are written anew, which takes up to \(needed) bytes, and \(room) are free",
      nextStep: "make room, or go back to the version before")
  }

  private static func mark(_ connection: Connection, _ version: Int) throws(StoreError) {
    let path = connection.path
    try connection.execute("PRAGMA application_id = \(Schema.applicationID)", "mark", path)
    try connection.execute("PRAGMA user_version = \(version)", "mark", path)
  }

  private static func transaction(
    _ connection: Connection, _ body: () throws(StoreError) -> Void
  ) throws(StoreError) {
    // EXCLUSIVE: the version was read before, and must still be what it was.
    try connection.execute("BEGIN EXCLUSIVE", "lock", connection.path)
    do {
      try body()
      try connection.execute("COMMIT", "commit to", connection.path)
    } catch {
      // What failed is the news; the transaction dies with the connection in any case.
      try? connection.execute("ROLLBACK", "roll back", connection.path)
      throw error
    }
  }
}
