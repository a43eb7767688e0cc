import Bridge
import Commands
import Loop
import Reactor
import Store

/// Runs the bridge, turn by turn: collects inputs, commits what they write in one transaction, and
/// only then lets their effects out.
///
/// A commit that could not begin or found no space is tried again, once a second: meanwhile turns
/// wait, in memory and in order, and of their effects only those leave that
/// ``Bridge/passage(of:)`` lets. Any other commit that fails ends the process (exit status 1): what
/// the store holds is then read again at the restart. A failed fsync is never retried, because the
/// kernel may have dropped the pages it could not write. A loop without a store is in that state
/// from the start, and nothing waits: the store is told from the evidence.
final class TurnLoop {
  /// Between two tries of a commit: a disk is freed by people.
  static let commitPause = Duration.seconds(1)

  private let loop: EventLoop
  private let store: Store?
  private let logger: Logger
  /// The bridge as it stands: between turns, exactly what is on disk, or on record as evidence.
  private(set) var bridge: Bridge
  private var inbox: [Bridge.Input] = []
  private let evidence: EmergencyEvidence
  /// Signs the audit; nil without a key or a store.
  private let notary: Notary?
  private let keepsake: (String) -> Keepsake?
  private let perform: (Bridge.Effect) -> Void
  private let committed: (Set<String>) -> Void
  private let failed: (StoreError) -> Void
  private var isFailed = false
  /// How many events of each type this process has published.
  private(set) var published: [String: Int] = [:]
  /// The last word is on its way: it is signed at once.
  private var isFinishing = false
  /// Why the store cannot be written now; nil while all is well.
  private(set) var outage: StoreError?
  private var hold = EmergencyHold()
  private var retry: (any ReactorTimer)?

  /// - Parameters:
  ///   - keepsake: what the edges add to an agent's stored session.
  ///   - perform: lets one effect out.
  ///   - committed: new events may be in the store, and these commands have moved.
  ///   - failed: the store is lost; called once, nothing is performed after it.
  init(
    loop: EventLoop, store: Store?, bridge: Bridge, logger: Logger, evidence: EmergencyEvidence,
    notary: Notary?, keepsake: @escaping (String) -> Keepsake?,
    perform: @escaping (Bridge.Effect) -> Void, committed: @escaping (Set<String>) -> Void,
    failed: @escaping (StoreError) -> Void
  ) {
    self.loop = loop
    self.store = store
    self.bridge = bridge
    self.logger = logger
    self.evidence = evidence
    self.notary = notary
    self.keepsake = keepsake
    self.perform = perform
    self.committed = committed
    self.failed = failed
    retry = loop.makeTimer { [unowned self] in commitAgain() }
  }

  var now: Moment {
    Moment(
      monotonic: loop.now, wall: loop.wallClock, isSynchronised: ClockState.isSynchronised)
  }

  /// Why the audit is not signed any more; nil while all is well, or nobody wants it signed.
  var auditProblem: StoreError? { notary?.problem }

  /// How many entries are signed; nil if none are to be.
  var signedEntries: Int64? { notary?.signedSize }

  /// A command that is on record as evidence and not yet in the store.
  func emergencyCommand(_ id: String) -> Command? {
    outage == nil ? nil : evidence.command(id)
  }

  /// An input for the end of this turn of the loop.
  func add(_ input: Bridge.Input) {
    inbox.append(input)
    loop.requestTurn()
  }

  /// Takes up what the store held. Before the first input.
  func restore(_ restored: Restored) {
    for complaint in bridge.restore(restored, at: now) {
      logger.log(.error, "restore", [("reason", complaint)])
    }
  }

  /// The end of a turn of the loop.
  func turn() {
    guard !isFailed, !inbox.isEmpty else { return }
    let inputs = inbox
    inbox = []
    let now = now
    let turns = inputs.map { bridge.handle($0, at: now) }
    guard settle(turns) else { return }
    goOn()
  }

  /// The last word: that the daemon ended well, signed. Nothing comes after it.
  func finish() {
    guard !isFailed, outage == nil, store != nil else { return }
    isFinishing = true
    guard settle([bridge.handle(.occurred(.stopped), at: now)]) else { return }
    if let checkpoint = notary?.signNow() { add(.occurred(.signed(checkpoint))) }
    turn()
    notary?.finish()
  }

  /// No timer fires any more.
  func close() {
    retry?.cancel()
    retry = nil
    notary?.close()
  }

  /// What waited for the commit.
  private func goOn() {
    while outage == nil {
      let turn = bridge.committed(at: now)
      if turn.writes.isEmpty && turn.effects.isEmpty { break }
      guard settle([turn]) else { return }
    }
  }

  private static func commands(in changes: [Change]) -> Set<String> {
    var commands: Set<String> = []
    for case .command(let command) in changes { commands.insert(command.id) }
    return commands
  }

  /// Commits, then performs; false when the store is lost.
  private func settle(_ turns: [Turn]) -> Bool {
    if outage != nil { return keep(turns) }
    let changes = changes(of: turns)
    if !changes.isEmpty, let store {
      do throws(StoreError) {
        try store.commit(changes)
      } catch {
        guard store.failure == nil else { return fail(error) }
        let head = EmergencyEvidence.Head(store: store.identity, last: store.lastSequence)
        return beginEmergency(error, head: head, turns)
      }
    }
    count(changes)
    for turn in turns { for effect in turn.effects { perform(effect) } }
    if !changes.isEmpty { committed(Self.commands(in: changes)) }
    signIfNeeded(turns)
    return true
  }

  private func count(_ changes: [Change]) {
    for case .event(let event) in changes { published[event.type, default: 0] += 1 }
  }

  private func signIfNeeded(_ turns: [Turn]) {
    guard outage == nil, !isFinishing,
      turns.contains(where: { $0.writes.contains(where: \.callsForCheckpoint) })
    else { return }
    notary?.sign(
      runOffLoop: { [loop] in loop.runOffLoop($0, completion: $1) },
      signed: { [weak self] in self?.add(.occurred(.signed($0))) })
  }

  private func changes(of turns: [Turn]) -> [Change] {
    turns.flatMap { $0.writes.flatMap { Change.all($0, keepsake: keepsake) } }
  }

  private func fail(_ error: StoreError) -> Bool {
    isFailed = true
    failed(error)
    return false
  }

  // MARK: - While the store cannot be written

  /// Begins without a store, for this reason. Before the first input.
  func runWithoutStore(_ error: StoreError) {
    _ = beginEmergency(error, head: nil, [])
  }

  private func beginEmergency(
    _ error: StoreError, head: EmergencyEvidence.Head?, _ turns: [Turn]
  ) -> Bool {
    outage = error
    evidence.begin(error, head: head, at: now.wall)
    if store != nil { retry?.start(after: Self.commitPause) }
    return keep(turns + [bridge.storeLost(at: now)])
  }

  /// Puts Stops and Pauses on record, lets out what may leave, and keeps the rest; false when there
  /// is more of it than is kept.
  private func keep(_ turns: [Turn]) -> Bool {
    var moved: Set<String> = []
    for turn in turns {
      for case .command(let command, _) in turn.writes
      where Bridge.mayLeaveWithoutStore(command.operation) {
        evidence.note(command, at: now.wall)
        moved.insert(command.id)
      }
    }
    if store != nil { hold.add(changes(of: turns)) }
    var follow: [Turn] = []
    for effect in turns.flatMap(\.effects) {
      switch bridge.passage(of: effect) {
      case .leaves: perform(effect)
      case .waits: if store != nil { hold.add(effect) }
      case .never: follow.append(bridge.refuse(effect, at: now))
      }
    }
    follow.append(bridge.left(at: now))
    if hold.isOverfull, let outage { return fail(outage) }
    if !moved.isEmpty { committed(moved) }
    follow.removeAll { $0.writes.isEmpty && $0.effects.isEmpty }
    return follow.isEmpty || keep(follow)
  }

  /// Tries to commit all that waits, together with the event that ends the story.
  private func commitAgain() {
    guard !isFailed, outage != nil, let store, let story = evidence.outage else { return }
    var found = bridge
    let last = found.storeFound(after: story, at: now)
    let changes = hold.changes + changes(of: [last])
    do throws(StoreError) {
      try store.commit(changes)
    } catch {
      if store.failure != nil { _ = fail(error) } else { retry?.start(after: Self.commitPause) }
      return
    }
    bridge = found
    let effects = hold.effects + last.effects
    hold = EmergencyHold()
    outage = nil
    evidence.told()
    logger.log(.warning, "store-available", [("latest", String(store.lastSequence))])
    count(changes)
    for effect in effects { perform(effect) }
    committed(Self.commands(in: changes))
    signIfNeeded([last])
    goOn()
  }
}
