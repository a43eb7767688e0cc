import API
import Bridge
import Commands
package import Configuration
import Glibc
import HTTPServer
import JSON
package import Loop
import Reactor
import Store

/// The whole daemon on one loop: store, platform, bridge and socket, wired together.
package final class Daemon {
  /// The bound of a clean end. The sessions say goodbye within two seconds; systemd waits longer.
  package static let stopLimit = Duration.seconds(4)
  /// Ended commands that a restart takes up again: as many as the ledger remembers.
  private static let recentCommands = 1_024

  let loop: EventLoop
  let logger: Logger
  /// Nil while it cannot be opened: see ``TurnLoop``.
  private let store: Store?
  private let evidence: EmergencyEvidence
  private var probe: EmergencyProbe?
  private let server: HTTPServer
  private let api: API
  private let backend: SocketBackend
  let feeds: FeedRoom
  private let anchors: AnchorRoom
  let turns: TurnLoop
  let platform: PlatformClient
  private let sockets: PlatformSockets
  private let wakeTimer: WakeTimer
  private let launch: Launch
  private var heartbeat: (any ReactorTimer)?
  /// What holds now: its agents and secrets may be changed by a reload.
  var configuration: Configuration
  /// Of it.
  var fingerprint: Fingerprint
  let descriptors: Descriptors
  /// Connections that the socket may have.
  let clients: Int
  var isReloading = false
  /// A reload was asked for while another was under way.
  var reloadWanted: String?
  private var stopTimer: (any ReactorTimer)?
  private var onStopped: ((Ending) -> Void)?
  private var isClosed = false

  /// How the daemon ended.
  package enum Ending: Equatable, Sendable {
    case stopped
    /// The store could not be written: restart and recover.
    case storeLost
    /// It ran without a store, and now there is one: start again, after this daemon.
    case storeFound
  }

  /// Opens the store and the socket; nothing is sent to the platform before ``start()``.
  ///
  /// A store that cannot be opened or written now is no error: the daemon then carries out Stops
  /// and Pauses without it, and ends with `storeFound` once it can be.
  ///
  /// - Parameters:
  ///   - former: the daemon that has ended with `storeFound`, if any.
  ///   - onEnd: called once, after everything is closed.
  package init(
    _ configuration: Configuration, loop: EventLoop, logger: Logger, after former: Daemon? = nil,
    onEnd: @escaping (Ending) -> Void
  ) throws(DaemonError) {
    self.loop = loop
    self.logger = logger
    onStopped = onEnd
    // What the one before has taken up since the start is not in the file's first reading.
    let configuration = former?.configuration ?? configuration
    self.configuration = configuration
    (descriptors, clients) = try Self.takeDescriptors(configuration)
    let start = try EmergencyStart.open(
      configuration, logger: logger, after: former?.evidence,
      at: Moment(monotonic: loop.now, wall: loop.wallClock))
    let store = start.store
    self.store = store
    evidence = start.evidence
    // What each part tells the next goes through this box, because they know each other in a ring.
    let wires = Wires()
    let settings = BridgeSettings(configuration, store: store?.identity ?? "")
    let (key, notary) = try Self.notary(configuration, store, loop, logger)
    launch = Launch(
      configuration, key: key, unsigned: notary?.unsignedAtStart, former: try Self.former(store))
    fingerprint = launch.configuration
    turns = TurnLoop(
      loop: loop, store: store,
      bridge: Bridge(
        settings: settings, lastSequence: store?.lastSequence ?? 0, seed: Randomness.seed()),
      logger: logger, evidence: start.evidence, notary: notary,
      keepsake: { wires.keepsake(of: $0) },
      perform: { wires.perform($0) }, committed: { wires.committed($0) },
      failed: { wires.failed($0) })
    backend = SocketBackend(
      store: store, turns: turns, userNames: UserNames(loop: loop),
      isInsecure: configuration.platform.tls.isInsecure,
      unreadable: { logger.log(.error, "store-unreadable", [("reason", $0.description)]) })
    feeds = FeedRoom(configuration.feeds, backend: backend, loop: loop, logger: logger)
    let turns = turns
    anchors = AnchorRoom(configuration.audit.anchors, loop: loop, logger: logger) {
      turns.add(.occurred(.stamped($0)))
    }
    backend.feeds = feeds
    backend.anchorRoom = anchors
    backend.openRemovals(configuration, loop: loop, logger: logger)
    api = API(backend: backend, reactor: loop, access: Self.access(configuration))
    server = try Self.listen(
      configuration, loop: loop, api: api, clients: clients, store: store)
    platform = PlatformClient(
      configuration, dialect: settings.dialect, loop: loop, seed: Randomness.seed(),
      note: { note in
        logger.log(note)
        if case .changed(let agents) = note {
          for agent in agents { turns.add(.credentialsChanged(agent: agent)) }
        }
      }, answered: { turns.add(.answered($0, $1)) })
    sockets = PlatformSockets(
      configuration.platform, platform: platform, loop: loop,
      note: { logger.log(.warning, "websocket-unavailable", [("reason", $0)]) },
      happened: { turns.add(.socket($0, $1)) })
    wakeTimer = WakeTimer(loop: loop) { turns.add(.wake) }
    wires.connect(self)
    loop.onTurnEnd = { turns.turn() }
    do {
      turns.restore(try restored())
    } catch {
      abandon()
      throw .store(error)
    }
    if let failure = start.failure { runWithoutStore(failure) }
  }

  private func runWithoutStore(_ failure: StoreError) {
    turns.runWithoutStore(failure)
    probe = EmergencyProbe(loop: loop, path: configuration.store) { [unowned self] in
      end(.storeFound)
    }
  }

  /// Begins: every agent logs in, handshakes, subscribes and is resynchronised.
  package func start() {
    logger.log(
      .info, "started",
      [("store", store?.identity ?? "none"), ("socket", configuration.socket)])
    if configuration.platform.tls.isInsecure {
      logger.log(
        .warning, "insecure-tls",
        [("reason", "the platform's certificate is not verified: platform.tls.insecure")])
    }
    if launch.key == nil {
      logger.log(
        .warning, "audit-unsigned",
        [("reason", "there is no audit.key: whoever can write the store can rewrite the audit")])
    }
    for uid in [0, getuid()] + launch.uids { backend.userNames.prepare(uid) }
    turns.add(.occurred(.started(launch)))
    turns.add(.start)
    heartbeat = loop.makeTimer { [unowned self] in beat() }
    heartbeat?.start(after: launch.heartbeat)
    if store != nil { feeds.start() }
    backend.removals?.start()
  }

  private func beat() {
    turns.add(.occurred(.heartbeat))
    heartbeat?.start(after: launch.heartbeat)
  }

  /// Ends well: disconnects every session, closes the socket and the store, within ``stopLimit``.
  package func stop() {
    guard stopTimer == nil, !isClosed else { return }
    logger.log(.info, "stopping")
    let timer = loop.makeTimer { [unowned self] in end(.stopped) }
    timer.start(after: Self.stopLimit)
    stopTimer = timer
    turns.add(.stop)
  }

  fileprivate func keepsake(of agent: String) -> Keepsake? { platform.keepsake(of: agent) }

  fileprivate func perform(_ effect: Bridge.Effect) {
    guard !isClosed else { return }
    switch effect {
    case .request(let request): platform.send(request)
    case .cancel(let id): platform.cancel(id)
    case .withdraw(let id): platform.withdraw(id)
    case .openSocket(let request): sockets.open(request)
    case .transmit(let id, let bytes): sockets.send(bytes, on: id)
    case .closeSocket(let id): sockets.close(id)
    case .forgetCookies(let agent): platform.forgetCookies(of: agent)
    case .wake(let time): wakeTimer.wake(at: time)
    case .reply(let ask, let reply): backend.answered(ask, reply)
    case .log(let log): logger.log(log)
    case .removed: backend.removals?.removed()
    case .anchor(let checkpoint): anchors.take(checkpoint)
    case .left(let agent): platform.forget(agent)
    case .stopped: end(.stopped)
    }
  }

  /// Ends at once and says goodbye to nobody, as a kill does: the platform keeps the sessions for a
  /// while, and a daemon started within that time goes on with them. For tests of just that.
  package func abandon() {
    guard !isClosed else { return }
    close()
    anchors.close()
  }

  fileprivate func committed(_ commands: Set<String>) {
    guard !isClosed else { return }
    api.committed(commands: commands)
    feeds.look()
    store?.checkpointIfNeeded { work, done in loop.runOffLoop(work, completion: done) }
  }

  /// Neither stopping nor closed.
  var isServing: Bool { stopTimer == nil && !isClosed }

  func failed(_ error: StoreError) {
    logger.log(.error, "store-lost", [("reason", error.description)])
    end(.storeLost)
  }

  private func end(_ ending: Ending) {
    guard !isClosed else { return }
    if ending == .stopped { turns.finish() }
    close(handsOver: ending == .storeFound)
    if ending == .stopped {
      anchors.finish { [self] in ended(ending) }
    } else {
      anchors.close()
      ended(ending)
    }
  }

  private func ended(_ ending: Ending) {
    logger.log(.info, "stopped")
    onStopped?(ending)
    onStopped = nil
  }

  /// Everything but the anchors.
  private func close(handsOver: Bool = false) {
    isClosed = true
    if !handsOver { evidence.close() }
    stopTimer?.cancel()
    heartbeat?.cancel()
    wakeTimer.cancel()
    probe?.cancel()
    turns.close()
    server.stop()
    feeds.close()
    backend.removals?.close()
    backend.userNames.close()
    sockets.close()
    platform.close()
    store?.close()
    loop.onTurnEnd = nil
  }

  // MARK: - Opening

  private static func takeDescriptors(
    _ configuration: Configuration
  ) throws(DaemonError) -> (Descriptors, clients: Int) {
    let descriptors = Descriptors.take()
    let agents = configuration.agents.count
    guard
      let clients = descriptors.clients(besides: agents, wanted: ServerLimits().connections)
    else { throw .descriptors(descriptors.refusal(agents: agents)) }
    return (descriptors, clients)
  }

  private static func access(_ configuration: Configuration) -> AccessPolicy {
    AccessPolicy(
      daemonUID: getuid(), commandUIDs: Set(configuration.commands.allow.uids),
      commandGIDs: Set(configuration.commands.allow.gids),
      groupUIDs: Set(configuration.groups.uids), groupGIDs: Set(configuration.groups.gids))
  }

  private static func notary(
    _ configuration: Configuration, _ store: Store?, _ loop: EventLoop, _ logger: Logger
  ) throws(DaemonError) -> (AuditKey?, Notary?) {
    guard let secret = configuration.audit.key else { return (nil, nil) }
    let key: AuditKey
    do throws(AuditKey.Failure) {
      key = try AuditKey(secret.reveal())
    } catch {
      store?.close()
      throw .key("audit.key: \(error)")
    }
    guard let store else { return (key, nil) }
    do throws(StoreError) {
      let keeper = CheckpointKeeper(
        KeptCheckpoint(storePath: store.path), loop: loop, logger: logger)
      return (key, try Notary(store, key, keeper: keeper, logger: logger))
    } catch {
      store.close()
      throw .store(error)
    }
  }

  private static func former(_ store: Store?) throws(DaemonError) -> Launch.Former? {
    guard let store else { return nil }
    do throws(StoreError) {
      return try Launch.Former.read(store)
    } catch {
      store.close()
      throw .store(error)
    }
  }

  private static func listen(
    _ configuration: Configuration, loop: EventLoop, api: API, clients: Int, store: Store?
  ) throws(DaemonError) -> HTTPServer {
    do throws(ServerError) {
      var limits = ServerLimits()
      limits.connections = clients
      limits.connectionsPerUser = min(limits.connectionsPerUser, clients)
      let server = try HTTPServer(reactor: loop, limits: limits) { api.handle($0, $1) }
      try server.listen(onUnixSocket: configuration.socket, mode: configuration.socketMode)
      return server
    } catch {
      store?.close()
      throw .socket(error)
    }
  }

  private func restored() throws(StoreError) -> Restored {
    guard let store else { return evidence.restored }
    var restored = Restored()
    // One that has ended and cannot be read fails for whoever asks for it.
    let (recent, damage) = try store.readableCommands(limit: Self.recentCommands)
    for error in damage { backend.tell(error) }
    let recentIDs = Set(recent.map(\.id))
    let openBefore = try store.openCommands().filter { !recentIDs.contains($0.id) }
    for command in openBefore + recent.reversed() {
      if let record = try? JSONValue.parse(command.record) { restored.commands.append(record) }
    }
    for call in try store.calls() {
      guard let record = try? JSONValue.parse(call.record) else { continue }
      restored.calls.append(AgentRecord(agent: call.agent, record: record))
    }
    for session in try store.sessions() {
      guard let record = try? JSONValue.parse(session.record) else { continue }
      var kept = SessionRecord(agent: session.agent, record: record)
      let isOurs = Keepsake(record).map { platform.restore($0, of: session.agent) }
      kept.isForeign = isOurs == false
      restored.sessions.append(kept)
    }
    restored.groups = try store.groups().map {
      Group(
        name: $0.name, sequence: $0.sequence, movedAt: .microseconds($0.wallMicroseconds))
    }
    return restored
  }
}

extension Daemon {
  /// What the store holds of every agent's session, of which only the times count.
  func storedSessions() throws(StoreError) -> [String: SessionRecord] {
    var records: [String: SessionRecord] = [:]
    for session in try store?.sessions() ?? [] {
      guard let record = try? JSONValue.parse(session.record) else { continue }
      records[session.agent] = SessionRecord(agent: session.agent, record: record)
    }
    return records
  }
}

/// The way back from the turn loop to the daemon, which owns it.
private final class Wires {
  private weak var daemon: Daemon?

  func connect(_ daemon: Daemon) { self.daemon = daemon }
  func keepsake(of agent: String) -> Keepsake? { daemon?.keepsake(of: agent) }
  func perform(_ effect: Bridge.Effect) { daemon?.perform(effect) }
  func committed(_ commands: Set<String>) { daemon?.committed(commands) }
  func failed(_ error: StoreError) { daemon?.failed(error) }
}
