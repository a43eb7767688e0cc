/// The commands that the ledger remembers, found by id, by key and by call.
///
/// Deadlines are a queue: commands are issued in the order of time with one deadline for all, so
/// the first open command is the next to expire, and nothing is ever sorted. Steps that are planned
/// for single commands stand in an ``Agenda``.
struct LedgerBook: Sendable {
  struct Entry: Sendable {
    var command: Command
    /// Place in the order of issue.
    let order: Int
    /// When it was issued by the monotonic clock; nil when that was in an earlier process.
    let issued: Duration?
    let deadline: Duration
    /// Until when it may be sent; nil when it is not ours to send, or an earlier process may have
    /// sent it.
    let leavesBy: Duration?
    /// When it was graded, by the monotonic clock.
    var ended: Duration?
    /// The platform's id of the call now; the command itself keeps the one it was asked for with.
    var call: String
    /// The agent who sees what becomes of it; the command itself keeps the one that carried it.
    var observer: String
    var errand = Errand()

    /// Whether it may be sent now, as far as time goes.
    func mayLeave(at now: Duration) -> Bool { leavesBy.map { now < $0 } ?? false }
  }

  private(set) var entries: [String: Entry] = [:]
  private(set) var openCount = 0
  private var idsByKey: [String: String] = [:]
  private var idsByCall: [String: [String]] = [:]
  private var agenda = Agenda()
  private var queue = Queue()
  private var recent = Queue()
  private var nextOrder = 0
  private let recentLimit: Int

  init(recentLimit: Int) { self.recentLimit = recentLimit }

  subscript(_ id: String) -> Entry? { entries[id] }

  func id(key: String) -> String? { idsByKey[key] }

  /// The open and the recent commands on a call, in the order of issue.
  func ids(call: String) -> [String] { idsByCall[call] ?? [] }

  /// Those of them that this agent sees.
  func ids(agent: String, call: String) -> [String] {
    ids(call: call).filter { entries[$0]?.observer == agent }
  }

  /// The open commands in the order of issue.
  var openIDs: [String] { queue.ids.filter { entries[$0]?.command.isOpen ?? false } }

  /// The ended commands in the order in which they ended.
  var recentIDs: [String] { Array(recent.ids) }

  /// The open command that expires next.
  mutating func nextToExpire() -> Entry? {
    while let id = queue.first {
      if let entry = entries[id], entry.command.isOpen { return entry }
      queue.removeFirst()
    }
    return nil
  }

  mutating func insert(
    _ command: Command, observer: String? = nil, issued: Duration?, deadline: Duration,
    leavesBy: Duration?
  ) {
    precondition(entries[command.id] == nil, "command \(command.id) is in the ledger twice")
    entries[command.id] = Entry(
      command: command, order: nextOrder, issued: issued, deadline: deadline, leavesBy: leavesBy,
      call: command.call, observer: observer ?? command.agent)
    nextOrder += 1
    openCount += 1
    if let key = command.key { idsByKey[key] = command.id }
    idsByCall[command.call, default: []].append(command.id)
    queue.append(command.id)
  }

  /// From now on the call has another id. Commands on both, if there are any, keep their order.
  ///
  /// - Returns: the commands that it was the call of.
  mutating func rename(agent: String, from old: String, to new: String) -> [String] {
    guard old != new else { return [] }
    let moved = ids(agent: agent, call: old)
    for id in moved {
      entries[id]?.call = new
      unlist(id, call: old)
      idsByCall[new, default: []].append(id)
    }
    idsByCall[new]?.sort { (entries[$0]?.order ?? 0) < (entries[$1]?.order ?? 0) }
    return moved
  }

  /// From now on another agent sees what becomes of the open commands on the call.
  ///
  /// - Returns: these commands.
  mutating func handOver(call: String, from agent: String, to successor: String) -> [String] {
    let moved = ids(agent: agent, call: call).filter { entries[$0]?.command.isOpen == true }
    for id in moved { entries[id]?.observer = successor }
    return moved
  }

  // MARK: - Errands

  mutating func change(_ id: String, _ body: (inout Errand) -> Void) {
    guard var errand = entries[id]?.errand else { return }
    body(&errand)
    entries[id]?.errand = errand
  }

  /// Plans the one next step of a command, instead of what was planned before.
  mutating func plan(_ step: Errand.Step, for id: String, at time: Duration) {
    guard let entry = entries[id] else { return }
    change(id) { errand in
      errand.awaits = nil
      errand.planned = step
      errand.at = time
    }
    agenda.add(.init(at: time, order: entry.order, id: id))
  }

  /// When the next step is planned.
  mutating func nextStep() -> Duration? {
    while let item = agenda.first {
      if let entry = entries[item.id], entry.command.isOpen, entry.errand.planned != nil,
        entry.errand.at == item.at
      {
        return item.at
      }
      agenda.removeFirst()
    }
    return nil
  }

  /// Takes out the next step that is due.
  mutating func takeStep(at now: Duration) -> (id: String, step: Errand.Step)? {
    guard let at = nextStep(), at <= now, let item = agenda.first,
      let step = entries[item.id]?.errand.planned
    else { return nil }
    agenda.removeFirst()
    change(item.id) { $0.planned = nil }
    return (item.id, step)
  }

  // MARK: - Values

  /// Replaces an open command by its next value, which is open too, or an ended one by its
  /// downgrade.
  mutating func update(_ command: Command) {
    entries[command.id]?.command = command
  }

  /// Replaces an open command by its last value; forgets the ended command that is one too many.
  mutating func end(_ command: Command, at monotonic: Duration) {
    entries[command.id]?.command = command
    entries[command.id]?.ended = monotonic
    openCount -= 1
    recent.append(command.id)
    while recent.count > recentLimit, let oldest = recent.first {
      recent.removeFirst()
      forget(oldest)
    }
  }

  private mutating func forget(_ id: String) {
    guard let entry = entries.removeValue(forKey: id) else { return }
    let command = entry.command
    if let key = command.key, idsByKey[key] == id { idsByKey[key] = nil }
    unlist(id, call: entry.call)
  }

  private mutating func unlist(_ id: String, call: String) {
    idsByCall[call]?.removeAll { $0 == id }
    if idsByCall[call]?.isEmpty ?? false { idsByCall[call] = nil }
  }

  /// First in, first out, without moving the rest at every removal.
  private struct Queue: Sendable {
    private var storage: [String] = []
    private var head = 0

    var ids: ArraySlice<String> { storage[head...] }
    var count: Int { storage.count - head }
    var first: String? { head < storage.count ? storage[head] : nil }

    mutating func append(_ id: String) { storage.append(id) }

    mutating func removeFirst() {
      head += 1
      if head > 64, head * 2 > storage.count {
        storage.removeFirst(head)
        head = 0
      }
    }
  }
}
