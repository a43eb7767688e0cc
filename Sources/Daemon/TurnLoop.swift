import Bridge
import Commands
import Loop
import Store

/// Runs the bridge, turn by turn: collects inputs, commits what they write in one transaction, and
/// only then lets their effects out.
///
/// A commit that fails ends the process (exit status 1) before any effect of its turn: what the
/// store holds is then read again at the restart. A failed fsync is never retried, because the
/// kernel may have dropped the pages it could not write.
final class TurnLoop {
  private let loop: EventLoop
  private let store: Store
  private let logger: Logger
  /// The bridge as it stands: between turns, exactly what is on disk.
  private(set) var bridge: Bridge
  private var inbox: [Bridge.Input] = []
  private let keepsake: (String) -> Keepsake?
  private let perform: (Bridge.Effect) -> Void
  private let committed: (Set<String>) -> Void
  private let failed: (StoreError) -> Void
  private var isFailed = false

  /// - Parameters:
  ///   - keepsake: what the edges add to an agent's stored session.
  ///   - perform: lets one effect out.
  ///   - committed: new events may be in the store, and these commands have moved.
  ///   - failed: the store is lost; called once, nothing is performed after it.
  init(
    loop: EventLoop, store: Store, bridge: Bridge, logger: Logger,
    keepsake: @escaping (String) -> Keepsake?,
    perform: @escaping (Bridge.Effect) -> Void, committed: @escaping (Set<String>) -> Void,
    failed: @escaping (StoreError) -> Void
  ) {
    self.loop = loop
    self.store = store
    self.bridge = bridge
    self.logger = logger
    self.keepsake = keepsake
    self.perform = perform
    self.committed = committed
    self.failed = failed
  }

  var now: Moment { Moment(monotonic: loop.now, wall: loop.wallClock) }

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
    while true {
      let turn = bridge.committed(at: self.now)
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
    let changes = turns.flatMap { $0.writes.map { Change($0, keepsake: keepsake) } }
    if !changes.isEmpty {
      do throws(StoreError) {
        try store.commit(changes)
      } catch {
        isFailed = true
        failed(error)
        return false
      }
    }
    for turn in turns { for effect in turn.effects { perform(effect) } }
    if !changes.isEmpty { committed(Self.commands(in: changes)) }
    return true
  }
}
