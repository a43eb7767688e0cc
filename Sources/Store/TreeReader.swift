import Evidence
import Synchronization

/// Reads entries back from the file, past the writer's cache, and hashes them again; on any thread,
/// one reading at a time.
final class TreeReader: Sendable {
  private let path: String
  private let hasher: TreeHasher
  /// Opened when first needed; used under the lock only.
  private let source = Mutex<Source?>(nil)

  /// How many entries are read before a read is ended and the next one begun: one that stays open
  /// keeps the log from beginning anew, and a million entries take seconds. These take some
  /// hundredths of one.
  static let entriesInReadMax: Int64 = 10_000

  private struct Source {
    let nodes: Statement
    let entries: Statement

    init(_ path: String) throws(StoreError) {
      let connection = try Connection(path: path, mode: .readOnly)
      try connection.execute("PRAGMA busy_timeout = 5000", "configure", path)
      nodes = try connection.prepare(Store.nodesOfEntry, StoredEntry.table)
      entries = try connection.prepare(
        "SELECT number, nodes, record FROM entries WHERE number > ? AND number <= ?"
          + " ORDER BY number", StoredEntry.table)
    }
  }

  init(path: String, _ hasher: TreeHasher) {
    self.path = path
    self.hasher = hasher
  }

  /// The root of the tree whose right edge is `edge`, after the entries since `size` have been read
  /// and hashed; throws `damaged` when what the file holds is not what was written.
  func root(since size: Int64, _ edge: RightEdge) throws(StoreError) -> Digest {
    try source.withLock { (source) throws(StoreError) in
      let opened = if let source { source } else { try Source(path) }
      source = opened
      var found = try RightEdge(size: size) { (subtree) throws(StoreError) in
        try Store.node(subtree, opened.nodes)
      }
      while found.size < edge.size {
        try read(opened.entries, upTo: min(found.size + Self.entriesInReadMax, edge.size), &found)
      }
      guard found == edge else {
        throw .damaged(
          StoredEntry.table, row: "1 to \(edge.size)",
          cause: "the tree in the file is not the one that was written")
      }
      return found.root(hasher)
    }
  }

  private func read(
    _ entries: Statement, upTo end: Int64, _ found: inout RightEdge
  ) throws(StoreError) {
    var stored: [UInt8] = []
    var record: [UInt8] = []
    var expected: [UInt8] = []
    entries.bind(1, found.size)
    entries.bind(2, end)
    try entries.forEachRow { (statement) throws(StoreError) in
      statement.read(&stored, at: 1)
      statement.read(&record, at: 2)
      expected.removeAll(keepingCapacity: true)
      found.append(hasher.leaf(record), hasher) { $0.append(to: &expected) }
      guard stored == expected, statement.integer(at: 0) == found.size else {
        throw .damaged(
          StoredEntry.table, row: "\(found.size)",
          cause: "its bytes are not those that were hashed when it was written")
      }
    }
    guard found.size == end else {
      throw .damaged(
        StoredEntry.table, row: "\(found.size + 1)", cause: "the row is missing")
    }
  }
}
