package import Evidence

/// One entry of the audit: a leaf of the tree, immutable once stored.
///
/// `record` is the entry, and what the leaf hashes. What stands beside it is what the store itself
/// asks for, and what is left of an entry of which retention has taken the record.
package struct StoredEntry: Equatable, Sendable {
  /// Gap-free from 1, assigned by the store at commit; what a new entry carries is ignored. Its
  /// leaf has one less, for those are counted from 0.
  package internal(set) var number: Int64 = 0
  /// Its event, which must be part of the same commit.
  package var sequence: Int64
  /// Its event's type.
  package var type: String
  /// Wall clock, microseconds since 1970 UTC.
  package var wallMicroseconds: Int64
  /// The exact bytes, JSON.
  package var record: [UInt8]
  /// The leaf's hash and those of the nodes it completes, 32 bytes each; assigned by the store.
  var nodes: [UInt8] = []
  /// What the record holds as commitments, of a new entry; rows of their own once stored.
  package var clearValues: [StoredClearValue] = []

  /// An entry to be stored: the sequence, type and time are those that the record says.
  package init(sequence: Int64, type: String, wallMicroseconds: Int64, record: [UInt8]) {
    self.sequence = sequence
    self.type = type
    self.wallMicroseconds = wallMicroseconds
    self.record = record
  }

  /// How many hashes are stored with it, a broken one included.
  package var storedNodeCount: Int {
    (nodes.count + Digest.sizeBytes - 1) / Digest.sizeBytes
  }

  /// One of them; nil if what is stored is none.
  package func storedNode(_ level: Int) -> Digest? {
    let rest = nodes.span.extracting(droppingFirst: level * Digest.sizeBytes)
    return Digest(rest.extracting(first: Digest.sizeBytes))
  }

  /// Retention has taken out the record. An entry's record is never empty.
  package var isPruned: Bool { record.isEmpty }

  /// Becomes the next leaf of the tree.
  mutating func join(_ edge: inout RightEdge, _ hasher: TreeHasher) {
    nodes.removeAll(keepingCapacity: true)
    edge.append(hasher.leaf(record), hasher) { $0.append(to: &nodes) }
    number = edge.size
  }
}

extension StoredEntry: Row {
  static let table = "entries"
  static let columns = "number, sequence, type, wall_us, checksum, nodes, record"
  var place: String { "\(number)" }

  var checksum: Int64 {
    var sum = Checksum()
    sum.add(number)
    sum.add(sequence)
    sum.add(type)
    sum.add(wallMicroseconds)
    sum.add(nodes)
    sum.add(record)
    return sum.value
  }

  func bind(to statement: Statement) {
    statement.bind(1, number)
    statement.bind(2, sequence)
    statement.bind(3, type)
    statement.bind(4, wallMicroseconds)
    statement.bind(5, checksum)
    statement.bind(6, nodes)
    statement.bind(7, record)
  }

  static func decode(_ statement: Statement) -> (row: StoredEntry, checksum: Int64) {
    var row = blank
    row.become(statement)
    return (row, statement.integer(at: 4))
  }

  /// Before a row is read into it.
  static var blank: StoredEntry {
    StoredEntry(sequence: 0, type: "", wallMicroseconds: 0, record: [])
  }

  /// Becomes the entry of the next row: what repeats is kept, and what does not is read into the
  /// room that there is.
  mutating func become(_ statement: Statement) {
    number = statement.integer(at: 0)
    sequence = statement.integer(at: 1)
    statement.read(&type, at: 2)
    wallMicroseconds = statement.integer(at: 3)
    statement.read(&nodes, at: 5)
    statement.read(&record, at: 6)
  }
}
