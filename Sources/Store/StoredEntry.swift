package import Evidence

/// One entry of the audit: a leaf of the tree, immutable once stored.
///
/// `record` is the entry, and what the leaf hashes. Everything else but the number repeats parts of
/// it, for whoever looks for entries with SQL.
package struct StoredEntry: Equatable, Sendable {
  /// Gap-free from 1, assigned by the store at commit; what a new entry carries is ignored. Its
  /// leaf has one less, for those are counted from 0.
  package internal(set) var number: Int64 = 0
  /// Its event, which must be part of the same commit.
  package var sequence: Int64
  /// Its event's type.
  package var type: String
  /// The agent it is about; empty if it is about none.
  package var agent: String
  /// The call it is about.
  package var call: String?
  /// The id of the command it is about.
  package var command: String?
  /// That command's: start, stop, pause or resume.
  package var operation: String?
  /// How that command ended.
  package var grade: String?
  /// What witnessed it.
  package var witness: String?
  /// From issue to witness; nil if nothing was witnessed.
  package var latencyMicroseconds: Int64?
  /// Wall clock, microseconds since 1970 UTC.
  package var wallMicroseconds: Int64
  /// The exact bytes, JSON.
  package var record: [UInt8]
  /// The leaf's hash and those of the nodes it completes, 32 bytes each; assigned by the store.
  var nodes: [UInt8] = []
  /// What the record holds as commitments, of a new entry; rows of their own once stored.
  package var clearValues: [StoredClearValue] = []

  /// An entry to be stored.
  package init(
    sequence: Int64, type: String, agent: String, call: String? = nil, command: String? = nil,
    operation: String? = nil, grade: String? = nil, witness: String? = nil,
    latencyMicroseconds: Int64? = nil, wallMicroseconds: Int64, record: [UInt8]
  ) {
    self.sequence = sequence
    self.type = type
    self.agent = agent
    self.call = call
    self.command = command
    self.operation = operation
    self.grade = grade
    self.witness = witness
    self.latencyMicroseconds = latencyMicroseconds
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

  /// Retention has taken out the record, and what repeats it. An entry's record is never empty.
  package var isPruned: Bool { record.isEmpty }

  /// What is left when retention has passed: the leaf, its place, and when it was of what kind.
  var pruned: StoredEntry {
    var left = StoredEntry(
      sequence: sequence, type: type, agent: "", wallMicroseconds: wallMicroseconds, record: [])
    left.number = number
    left.nodes = nodes
    return left
  }

  /// Becomes the next leaf of the tree.
  mutating func join(_ edge: inout RightEdge, _ hasher: TreeHasher) {
    nodes.removeAll(keepingCapacity: true)
    edge.append(hasher.leaf(record), hasher) { $0.append(to: &nodes) }
    number = edge.size
  }
}

extension StoredEntry: Row {
  static let table = "entries"
  static let columns =
    "number, sequence, type, agent, call, command, operation, grade, witness, latency_us, wall_us,"
    + " checksum, nodes, record"
  var place: String { "\(number)" }

  var checksum: Int64 {
    var sum = Checksum()
    sum.add(number)
    sum.add(sequence)
    sum.add(type)
    sum.add(agent)
    for text in [call, command, operation, grade, witness] { sum.add(text) }
    sum.add(latencyMicroseconds)
    sum.add(wallMicroseconds)
    sum.add(nodes)
    sum.add(record)
    return sum.value
  }

  func bind(to statement: Statement) {
    statement.bind(1, number)
    statement.bind(2, sequence)
    statement.bind(3, type)
    statement.bind(4, agent)
    statement.bind(5, call)
    statement.bind(6, command)
    statement.bind(7, operation)
    statement.bind(8, grade)
    statement.bind(9, witness)
    statement.bind(10, latencyMicroseconds)
    statement.bind(11, wallMicroseconds)
    statement.bind(12, checksum)
    statement.bind(13, nodes)
    statement.bind(14, record)
  }

  static func decode(_ statement: Statement) -> (row: StoredEntry, checksum: Int64) {
    var row = blank
    row.become(statement)
    return (row, statement.integer(at: 11))
  }

  /// Before a row is read into it.
  static var blank: StoredEntry {
    StoredEntry(sequence: 0, type: "", agent: "", wallMicroseconds: 0, record: [])
  }

  /// Becomes the entry of the next row. Neighbours are mostly about the same command of the same
  /// call: what repeats is kept, and what does not is read into the room that there is.
  mutating func become(_ statement: Statement) {
    number = statement.integer(at: 0)
    sequence = statement.integer(at: 1)
    statement.read(&type, at: 2)
    statement.read(&agent, at: 3)
    statement.read(&call, at: 4)
    statement.read(&command, at: 5)
    statement.read(&operation, at: 6)
    statement.read(&grade, at: 7)
    statement.read(&witness, at: 8)
    latencyMicroseconds = statement.optionalInteger(at: 9)
    wallMicroseconds = statement.integer(at: 10)
    statement.read(&nodes, at: 12)
    statement.read(&record, at: 13)
  }
}
