package import Evidence

/// The tree over the entries: its nodes lie in the rows of the entries that completed them, so a
/// proof at any size reads some forty rows by their numbers.
extension Store {
  /// The root at `size`, which may be any up to `lastEntryNumber`, from the nodes as stored.
  package func root(size: Int64, _ hasher: TreeHasher) throws(StoreError) -> Digest {
    try RightEdge(size: size) { (subtree) throws(StoreError) in try node(subtree) }.root(hasher)
  }

  /// The proof that entry `number` is in the tree of `size` entries.
  package func inclusionProof(of number: Int64, size: Int64, _ hasher: TreeHasher)
    throws(StoreError) -> InclusionProof
  {
    guard number >= 1, number <= size else {
      throw refusal("prove", "entries \(number)", "a tree of \(size) entries does not have it")
    }
    return try InclusionProof(index: number - 1, size: size, hasher) {
      (subtree) throws(StoreError) in try node(subtree)
    }
  }

  /// The proof that the tree of `to` entries is that of `from` entries, grown.
  package func consistencyProof(from: Int64, to: Int64, _ hasher: TreeHasher)
    throws(StoreError) -> ConsistencyProof
  {
    guard from >= 0, from <= to else {
      throw refusal("prove", "entries", "\(to) entries are not more than \(from)")
    }
    return try ConsistencyProof(from: from, to: to, hasher) {
      (subtree) throws(StoreError) in try node(subtree)
    }
  }

  /// Of one entry, by its number.
  static let nodesOfEntry = "SELECT nodes FROM entries WHERE number = ?"

  func node(_ subtree: Subtree) throws(StoreError) -> Digest {
    try Self.node(subtree, use().nodes)
  }

  /// Reads it with a statement of ``nodesOfEntry``.
  static func node(_ subtree: Subtree, _ statement: Statement) throws(StoreError) -> Digest {
    let number = subtree.lastLeaf + 1
    statement.bind(1, number)
    let nodes = try statement.row { $0.bytes(at: 0) }
    guard let nodes else {
      throw .damaged(StoredEntry.table, row: "\(number)", cause: "the row is missing")
    }
    let start = subtree.level * Digest.sizeBytes
    guard let digest = Digest(Array(nodes.dropFirst(start).prefix(Digest.sizeBytes))) else {
      throw .damaged(StoredEntry.table, row: "\(number)", cause: "its nodes are incomplete")
    }
    return digest
  }

  /// The newest checkpoint, which covers the most; nil if nothing was ever signed.
  package func latestCheckpoint() throws(StoreError) -> StoredCheckpoint? {
    try checkpoints("ORDER BY size DESC, sequence DESC LIMIT 1").first
  }

  /// The oldest checkpoint that covers entry `number`; nil if none does.
  package func checkpoint(covering number: Int64) throws(StoreError) -> StoredCheckpoint? {
    try checkpoints("WHERE size >= \(number) ORDER BY size, sequence LIMIT 1").first
  }

  /// Checkpoints whose events come after `after`, in order.
  package func checkpoints(after: Int64, limit: Int) throws(StoreError) -> [StoredCheckpoint] {
    try checkpoints("WHERE sequence > \(after) ORDER BY sequence LIMIT \(limit)")
  }

  /// As `checkpoints`, without a look at their checksums: see `forEachEntry`.
  package func checkpointsAsStored(after: Int64, limit: Int) throws(StoreError)
    -> [StoredCheckpoint]
  {
    try use().connection.prepare(
      "SELECT \(StoredCheckpoint.columns) FROM checkpoints WHERE sequence > \(after)"
        + " ORDER BY sequence LIMIT \(limit)", StoredCheckpoint.table
    ).rows { StoredCheckpoint.decode($0).row }
  }

  private func checkpoints(_ clause: String) throws(StoreError) -> [StoredCheckpoint] {
    try use().connection.prepare(
      "SELECT \(StoredCheckpoint.columns) FROM checkpoints \(clause)", StoredCheckpoint.table
    ).rows(StoredCheckpoint.read)
  }

  /// The next audit entries after number `after`, in order, without a look at their checksums: see
  /// `forEachEntry`. Up to `limit`, fewer if they are large, none only behind the last.
  package func entriesAsStored(after: Int64, limit: Int) throws(StoreError) -> [StoredEntry] {
    let statement = try use().connection.prepare(
      "SELECT \(StoredEntry.columns) FROM entries WHERE number > \(after) ORDER BY number"
        + " LIMIT \(limit)", StoredEntry.table)
    defer { statement.reset() }
    var entries: [StoredEntry] = []
    var sizeBytes = 0
    while sizeBytes < Self.pageSizeMaxBytes, try statement.step() {
      entries.append(StoredEntry.decode(statement).row)
      sizeBytes += entries.last?.record.count ?? 0
    }
    return entries
  }

  /// Hands out every entry from `number` on, in order, as it is stored: no checksum is looked at,
  /// for whoever means harm can compute it. The read stays open as long as it lasts.
  package func forEachEntry(
    from number: Int64 = 1, through last: Int64 = .max,
    _ body: (StoredEntry) throws(StoreError) -> Void
  ) throws(StoreError) {
    var entry = StoredEntry.blank
    try use().connection.prepare(
      "SELECT \(StoredEntry.columns) FROM entries WHERE number BETWEEN \(number) AND \(last)"
        + " ORDER BY number", StoredEntry.table
    ).forEachRow { (statement) throws(StoreError) in
      entry.become(statement)
      try body(entry)
    }
  }

  /// The same for the entries about the daemon itself: starts, changes of the configuration, stops.
  package func forEachDaemonEntry(
    _ body: (StoredEntry) throws(StoreError) -> Void
  ) throws(StoreError) {
    try use().connection.prepare(
      "SELECT \(StoredEntry.columns) FROM entries WHERE type = 'recbridge.daemon.v1'"
        + " ORDER BY number", StoredEntry.table
    ).forEachRow { (statement) throws(StoreError) in try body(StoredEntry.decode(statement).row) }
  }

  /// The newest of these entries for which `body` has a value, and that value.
  package func newestDaemonEntry<Value>(
    _ body: (StoredEntry) throws(StoreError) -> Value?
  ) throws(StoreError) -> Value? {
    try first("WHERE type = 'recbridge.daemon.v1' ORDER BY number DESC", body)
  }

  /// The first timestamp of a checkpoint from entry `number` on for which `body` has a value, and
  /// that value. Looks at every entry until then.
  package func firstTimestamp<Value>(
    from number: Int64, _ body: (StoredEntry) throws(StoreError) -> Value?
  ) throws(StoreError) -> Value? {
    try first(
      "WHERE number >= \(number) AND type = 'recbridge.timestamp.v1' ORDER BY number", body)
  }

  private func first<Value>(
    _ clause: String, _ body: (StoredEntry) throws(StoreError) -> Value?
  ) throws(StoreError) -> Value? {
    let statement = try use().connection.prepare(
      "SELECT \(StoredEntry.columns) FROM entries \(clause)", StoredEntry.table)
    defer { statement.reset() }
    while try statement.step() {
      if let value = try body(StoredEntry.decode(statement).row) { return value }
    }
    return nil
  }

  /// What a checkpoint may be signed of now: the root, after the entries since `size` have been
  /// read back from the file, past this connection's cache, and hashed again.
  ///
  /// One flipped bit in a signed leaf spoils a log for ever, so it must be seen before. Throws
  /// `damaged` when what the file holds is not what was written. Some seconds a million entries.
  package func verifiedRoot(since size: Int64) throws(StoreError) -> Digest {
    try treeReader().root(since: size, edge)
  }

  /// The same on another thread, of what is committed by now: `done` is told on this one, unless
  /// the store cannot be written at all.
  package func verifyRoot(
    since size: Int64, runOffLoop: OffLoop,
    done: @escaping (_ size: Int64, Result<Digest, StoreError>) -> Void
  ) throws(StoreError) {
    let (reader, edge) = (try treeReader(), edge)
    let outcome = Outcome<Digest>()
    runOffLoop(
      { outcome.set(Result { () throws(StoreError) in try reader.root(since: size, edge) }) },
      { if let result = outcome.take() { done(edge.size, result) } })
  }

  private func treeReader() throws(StoreError) -> TreeReader {
    guard case .writing(_, let hasher) = access else {
      throw refusal("sign", path, "it is open for reading")
    }
    let reader = rereading ?? TreeReader(path: path, hasher)
    rereading = reader
    return reader
  }
}
