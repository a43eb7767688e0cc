import Bridge
import Daemon
import Evidence
import JSON
import Store

/// The audit of a store, recomputed from its bytes and held against everything that was signed.
///
/// Nothing that the store says of itself is believed: hashes and columns are made anew from the
/// records, roots from the hashes. What is found is said with the entry or the checkpoint that it
/// concerns.
struct StoreAudit {
  private(set) var findings: [String] = []
  /// Findings beyond `findingsMax`, counted only.
  private(set) var findingsLeftOut = 0
  private(set) var remarks: [String] = []
  private(set) var trust: AuditTrust
  private(set) var stamps: AuditStamps
  /// How many entries there are.
  private(set) var size: Int64 = 0
  /// Up to here a checkpoint of the store, or a given one, fits.
  private(set) var signedSize: Int64 = 0
  /// Up to here one from outside fits.
  private(set) var anchoredSize: Int64 = 0
  private(set) var checkpointCount = 0
  /// The newest checkpoint of the store, as it is stored.
  private(set) var newestCheckpoint: StoredCheckpoint?

  /// The events of the checkpoints in the store, in order.
  private var checkpointEvents: [Int64] = []
  private let hasher = EntryHashing.hasher
  private var periods = AuditPeriods(sizes: [])
  /// What was signed, by size; taken out as it is reached.
  private var claims: [Claim] = []
  private var nextClaim = 0
  private var edge = RightEdge()
  /// Of the store, as it says.
  private var identity = ""
  /// The number of the last row; `edge` has as many leaves as long as no row is missing.
  private var last: Int64 = 0
  private var lastSequence: Int64 = 0
  private var isContinuous = true
  private var hasMisfit = false
  private(set) var removals = AuditRemovals()

  /// A hundred findings say that the store is not what was signed; more say nothing new.
  private static let findingsMax = 100

  /// A checkpoint, and where it was found.
  private struct Claim {
    let place: String
    let note: SignedNote
    let checkpoint: Checkpoint
    let isOutside: Bool
  }

  /// - Parameters:
  ///   - nameless: keys that count as well, of which only the bytes are known.
  ///   - authority: the file of certificates that stand behind timestamps, if known.
  init(
    trusting keys: [VerifierKey], nameless: [[UInt8]] = [], outside: [OutsideCheckpoint],
    authority: String? = nil
  ) {
    trust = AuditTrust(given: keys, nameless: nameless)
    stamps = AuditStamps(authority: authority)
    claims = outside.map {
      Claim(place: $0.place, note: $0.note, checkpoint: $0.checkpoint, isOutside: true)
    }
  }

  /// Reads and judges everything; a store that cannot be read throws.
  mutating func examine(_ store: Store) throws(StoreError) {
    for finding in store.auditStructure() { report(finding) }
    identity = store.identity
    try takeCheckpoints(store)
    var found = self
    try store.forEachEntry { (entry) throws(StoreError) in found.take(entry) }
    self = found
    size = last
    periods.end(size: size)
    for claim in claims { check(signatureOf: claim) }
    reportTail()
    try checkEventsBehind(store)
    for range in periods.unsigned { try checkCheckpoints(store, of: range) }
    for tail in periods.tails { try check(tail, store) }
    removals.end(signedSize: signedSize, isSigned: checkpointCount > 0)
    try removals.checkValues(store)
    for finding in trust.findings + stamps.findings + periods.findings { report(finding) }
    for finding in removals.findings { report(finding) }
    remarks += removals.remarks + periods.remarks
  }

  // MARK: - What was signed

  private mutating func takeCheckpoints(_ store: Store) throws(StoreError) {
    var after: Int64 = 0
    while true {
      let page = try store.checkpointsAsStored(after: after, limit: 1_000)
      guard let newest = page.last else { break }
      after = newest.sequence
      checkpointCount += page.count
      for stored in page {
        checkpointEvents.append(stored.sequence)
        let place = "the checkpoint of event \(stored.sequence)"
        guard let note = SignedNote(stored.note), let checkpoint = Checkpoint(text: note.text)
        else {
          report("\(place): its note is no signed checkpoint")
          continue
        }
        if checkpoint.size != stored.size {
          report("\(place): column size says \(stored.size), what is signed \(checkpoint.size)")
        }
        if let former = newestCheckpoint, former.size > stored.size {
          report(
            "\(place): it covers \(stored.size) entries, that of event \(former.sequence) before it"
              + " \(former.size): it was added or moved")
        } else {
          newestCheckpoint = stored
        }
        claims.append(Claim(place: place, note: note, checkpoint: checkpoint, isOutside: false))
      }
    }
    periods = AuditPeriods(
      sizes: claims.filter { !$0.isOutside }.map(\.checkpoint.size).sorted())
    claims.sort { $0.checkpoint.size < $1.checkpoint.size }
  }

  private mutating func check(signatureOf claim: Claim) {
    guard let problem = trust.problem(claim.note, claim.checkpoint) else { return }
    report("\(claim.place): \(problem)")
  }

  // MARK: - Entries

  private mutating func take(_ entry: StoredEntry) {
    if entry.number != last + 1 {
      let missing = last + 1
      report(
        entry.number - 1 == missing
          ? "entry \(missing) is missing" : "entries \(missing) to \(entry.number - 1) are missing")
      isContinuous = false
    }
    last = entry.number
    checkHashes(entry)
    if entry.isPruned {
      removals.take(pruned: entry)
      periods.forget()
    } else {
      checkColumns(entry)
      removals.take(entry)
    }
    if entry.sequence <= lastSequence {
      report(
        "entry \(entry.number): it is of event \(entry.sequence), the one before it of event"
          + " \(lastSequence): entries were reordered")
    }
    lastSequence = entry.sequence
    if isContinuous { checkClaims() }
  }

  private mutating func checkHashes(_ entry: StoredEntry) {
    let leaf = hasher.leaf(entry.record)
    guard let stored = entry.storedNode(0) else {
      report("entry \(entry.number): its hash is missing")
      if isContinuous { edge.append(leaf, hasher) { _ in } }
      return
    }
    // Of what retention has taken nothing can be hashed; the checkpoints vouch for its leaf.
    if stored != leaf, !entry.isPruned {
      report(
        "entry \(entry.number): its record is not the one that was written: it hashes to"
          + " \(leaf.hex), the tree has \(stored.hex)")
    }
    // Goes on with what is in the tree, so that one edited entry is one finding.
    guard isContinuous else { return }
    var level = 0
    var isSame = true
    edge.append(stored, hasher) { node in
      // The leaf is the one that is stored.
      if level > 0 { isSame = isSame && entry.storedNode(level) == node }
      level += 1
    }
    if !isSame || level != entry.storedNodeCount {
      report("entry \(entry.number): the tree that is stored with it is not that of its entries")
    }
  }

  private mutating func checkColumns(_ entry: StoredEntry) {
    guard let expected = StoredEntry(record: entry.record) else {
      return report("entry \(entry.number): its record is no entry")
    }
    for difference in entry.columns(differingFrom: expected) {
      report("entry \(entry.number): \(difference)")
    }
    // What is said of the daemon itself is rare; everything else has been looked at.
    let isRare =
      entry.type == "recbridge.daemon.v1" || entry.type == "recbridge.heartbeat.v1"
      || entry.type == "recbridge.outage.v1" || entry.type == "recbridge.timestamp.v1"
    guard isRare, let value = try? JSONValue.parse(entry.record) else { return }
    if entry.type == "recbridge.timestamp.v1" { return take(stamp: value, entry.number) }
    if entry.type == "recbridge.daemon.v1" { take(daemon: value, entry.number) }
    periods.take(value, entry)
  }

  private mutating func take(daemon value: JSONValue, _ entry: Int64) {
    if let cursor = value["cursor"]?.string, !cursor.hasPrefix(identity + ".") {
      report(
        "entry \(entry): its cursor is \(Printable.text(cursor)), and the store says that it is"
          + " \(Printable.text(identity))")
    }
    if let key = value["key"]?.string.flatMap({ VerifierKey($0, hasher) }) {
      let endorsement = value["endorsement"]?.string.flatMap { SignedNote($0) }
      trust.take(key, endorsement: endorsement, entry: entry)
    }
  }

  private mutating func take(stamp value: JSONValue, _ entry: Int64) {
    let claims = claims
    stamps.take(value, entry: entry) { note, size in
      let same = claims[claims.partitioningIndex { $0.checkpoint.size >= size }...]
      return same.prefix { $0.checkpoint.size == size }
        .contains { !$0.isOutside && $0.note.description == note }
    }
  }

  private mutating func checkClaims() {
    guard nextClaim < claims.count, claims[nextClaim].checkpoint.size <= edge.size else { return }
    let root = edge.root(hasher)
    while nextClaim < claims.count, claims[nextClaim].checkpoint.size <= edge.size {
      let claim = claims[nextClaim]
      nextClaim += 1
      guard claim.checkpoint.size == edge.size else { continue }
      if claim.checkpoint.root != root {
        reportMisfit(claim, root)
      } else if !hasMisfit {
        signedSize = edge.size
        if claim.isOutside { anchoredSize = edge.size }
      }
    }
  }

  private mutating func reportMisfit(_ claim: Claim, _ root: Digest) {
    // Behind the first one nothing fits any more; each from outside is news all the same.
    guard !hasMisfit || claim.isOutside else { return }
    hasMisfit = true
    let concerned =
      signedSize + 1 == claim.checkpoint.size
      ? "entry \(claim.checkpoint.size)" : "entries \(signedSize + 1) to \(claim.checkpoint.size)"
    let what =
      claim.isOutside
      ? "a fork: it was signed for another audit of the same size"
      : "\(concerned) are not what was signed: changed, replaced or reordered"
    report(
      "\(claim.place): of \(claim.checkpoint.size) entries, root \(claim.checkpoint.root); the"
        + " store has \(root): \(what)")
  }

  // MARK: - The end

  private mutating func reportTail() {
    guard isContinuous else {
      if nextClaim < claims.count {
        report("no checkpoint beyond entry \(edge.size) could be compared: see what is missing")
      }
      return
    }
    guard let largest = claims.last, largest.checkpoint.size > size else { return }
    report(
      "the end is cut off: the store ends with entry \(size), \(largest.place) was signed of"
        + " \(largest.checkpoint.size): entries \(size + 1) to \(largest.checkpoint.size) are"
        + " missing")
  }

  /// Whoever cuts off entries may forget the events that they were of.
  private mutating func checkEventsBehind(_ store: Store) throws(StoreError) {
    let filter = EventFilter(
      types: EventType.allCases.filter(\.isAudited).map(\.rawValue))
    var after = lastSequence
    while true {
      let page = try store.events(after: after, limit: Store.scanMax, matching: filter)
      for event in page.events {
        report("event \(event.sequence) (\(event.type)) has no entry: the end is cut off")
      }
      if page.nextAfter == after { return }
      after = page.nextAfter
    }
  }

  /// Whoever takes a checkpoint away may forget its event.
  private mutating func checkCheckpoints(
    _ store: Store, of range: ClosedRange<Int64>
  ) throws(StoreError) {
    let filter = EventFilter(types: [EventType.checkpoint.rawValue])
    var after = range.lowerBound
    while after < range.upperBound {
      let page = try store.events(after: after, limit: Store.scanMax, matching: filter)
      for event in page.events where event.sequence < range.upperBound {
        let index = checkpointEvents.partitioningIndex { $0 >= event.sequence }
        if index < checkpointEvents.count, checkpointEvents[index] == event.sequence { continue }
        report("the checkpoint of event \(event.sequence) was signed and is gone")
      }
      if page.nextAfter == after { return }
      after = page.nextAfter
    }
  }

  private mutating func check(_ tail: AuditTail, _ store: Store) throws(StoreError) {
    var tail = tail
    let last = min(tail.before - 1, size)
    try store.forEachEntry(from: tail.after + 1, through: last) { (entry) throws(StoreError) in
      tail.take(entry)
    }
    tail.end(last: last)
    for finding in tail.findings { report(finding) }
  }

  private mutating func report(_ finding: String) {
    if findings.count < Self.findingsMax { findings.append(finding) } else { findingsLeftOut += 1 }
  }
}

extension StoredEntry {
  /// A sentence for each column that does not repeat what the record says.
  fileprivate func columns(differingFrom record: StoredEntry) -> [String] {
    var differences: [String] = []
    func compare<Value: Equatable>(_ name: String, _ column: Value, _ expected: Value) {
      guard column != expected else { return }
      differences.append(
        "column \(name) says \(Printable.text("\(column)")), its record"
          + " \(Printable.text("\(expected)"))")
    }
    compare("sequence", sequence, record.sequence)
    compare("type", type, record.type)
    compare("wall_us", wallMicroseconds, record.wallMicroseconds)
    return differences
  }
}
