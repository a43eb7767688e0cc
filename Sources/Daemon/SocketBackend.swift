import API
import Bridge
import Commands
import Configuration
import HTTPServer
import JSON
import Loop
import Store

/// Answers the socket's questions: events, commands and exceptions from the store, live calls and
/// sessions from the bridge. Everything it shows is on disk; while the store cannot be written, the
/// Stops and Pauses of that time are in the reserve.
final class SocketBackend: Backend {
  /// Commands that one listing shows, the newest first: what a person looks through.
  static let listedCommands = 1_000

  let store: Store?
  let turns: TurnLoop
  let userNames: UserNames
  /// Set once, before the first request.
  var feeds: FeedRoom?
  var anchorRoom: AnchorRoom?
  private let isInsecure: Bool
  private let unreadable: (StoreError) -> Void
  /// What was told last of what cannot be read: a reader that comes again is no news.
  private var complaint: String?
  private var lastAsk: UInt64 = 0
  private var waiting: [AskID: (SocketReply) -> Void] = [:]
  var waitingForGroups: [AskID: (SocketGroupReply) -> Void] = [:]
  var waitingForErasures: [AskID: WaitingForErasure] = [:]
  /// Nil without a store.
  private(set) var removals: RemovalDesk?

  /// - Parameters:
  ///   - isInsecure: the platform's certificate is not verified, which `/readyz` says.
  ///   - unreadable: something in the store cannot be read; told once until it is something else.
  init(
    store: Store?, turns: TurnLoop, userNames: UserNames, isInsecure: Bool,
    unreadable: @escaping (StoreError) -> Void
  ) {
    self.isInsecure = isInsecure
    self.store = store
    self.userNames = userNames
    self.turns = turns
    self.unreadable = unreadable
  }

  /// Once, before the first request.
  func openRemovals(_ configuration: Configuration, loop: EventLoop, logger: Logger) {
    guard let store else { return }
    removals = RemovalDesk(configuration, store: store, backend: self, loop: loop, logger: logger)
  }

  var storeIdentity: String { store?.identity ?? "" }
  var oldestSequence: Int64 { store?.firstSequence ?? 1 }
  var latestSequence: Int64 { store?.lastSequence ?? 0 }
  var storeProblem: String? { store == nil ? turns.outage?.description : nil }

  func events(
    after: Int64, limit: Int, matching selection: EventSelection
  ) throws -> SocketEventPage {
    let filter = EventFilter(
      types: selection.types, call: selection.call, agent: selection.agent)
    let page = try read { (store) throws(StoreError) in
      try store.events(after: after, limit: limit, matching: filter)
    }
    return SocketEventPage(
      lines: page.events.map { EventLine(sequence: $0.sequence, type: $0.type, line: $0.line) },
      nextAfter: page.nextAfter)
  }

  func calls() throws -> [UInt8] {
    if let outage = turns.outage { throw outage }
    return turns.bridge.callsDocument()
  }

  func sessions() -> [UInt8] { turns.bridge.sessionsDocument(at: turns.now) }

  func commands() throws -> [UInt8] {
    let newest = try read { (store) throws(StoreError) in
      try store.commands(limit: Self.listedCommands, order: .newestFirst)
    }
    return Documents.list("commands", newest)
  }

  func command(_ id: String) throws -> CommandView? {
    if let command = turns.emergencyCommand(id) { return CommandView(command, turns.bridge.route) }
    return try read { (store) throws(StoreError) in try store.command(id) }.map {
      CommandView($0, turns.bridge.route)
    }
  }

  /// What cannot be read fails for whoever asks for it, and for nobody else: one damaged row of
  /// long ago must not end what Stops go through. Only a write that fails loses the store.
  func read<Value>(
    _ body: (Store) throws(StoreError) -> Value
  ) throws(StoreError) -> Value {
    guard let store else {
      throw turns.outage
        ?? StoreError(
          .unusable, operation: "read", subject: "the store", cause: "there is none",
          nextStep: "restart")
    }
    do {
      return try body(store)
    } catch {
      tell(error)
      throw error
    }
  }

  // MARK: - Commands

  func issue(_ request: SocketCommand, reply: @escaping (SocketReply) -> Void) {
    // The ledger remembers the latest keys; the store remembers them all.
    do throws(StoreError) {
      if let key = request.key, store != nil,
        let stored = try read({ (store) throws(StoreError) in try store.command(key: key) })
      {
        return reply(self.reply(stored, to: request))
      }
    } catch {
      return reply(.unavailable(detail: error.description))
    }
    guard let operation = Operation(rawValue: request.operation.rawValue),
      let mode = CommandMode(rawValue: request.mode.rawValue)
    else { preconditionFailure("the socket and the ledger have the same operations and modes") }
    origin(of: request.origin) { [weak self] origin in
      guard let self else { return }
      turns.add(
        .asked(
          wait(for: reply),
          Ask(
            call: request.call, operation: operation, agent: request.agent, key: request.key,
            mode: mode, isForced: request.forced, parameters: request.parameters,
            origin: origin)))
    }
  }

  /// Who asks, for the record: at once if the name is known, and within ``UserNames/patience``.
  func origin(of peer: Peer?, _ found: @escaping (Origin) -> Void) {
    userNames.find(peer?.uid) { name in
      found(Origin(uid: peer?.uid, gid: peer?.gid, name: name))
    }
  }

  /// A new number for an ask, under which its answer comes.
  func wait(for reply: @escaping (SocketReply) -> Void) -> AskID {
    let ask = nextAsk()
    waiting[ask] = reply
    return ask
  }

  func nextAsk() -> AskID {
    lastAsk += 1
    return AskID(rawValue: lastAsk)
  }

  private func reply(_ stored: StoredCommand, to request: SocketCommand) -> SocketReply {
    let isSame =
      stored.call == request.call && stored.operation == request.operation.rawValue
      && (request.agent ?? stored.agent) == stored.agent
      && Self.mode(of: stored) == request.mode.rawValue
      && (stored.command?.parameters ?? [:]) == request.parameters
    if isSame { return .known(id: stored.id, CommandView(stored, turns.bridge.route)) }
    let detail =
      "The key belongs to command \(stored.id), a \(stored.operation) of call \(stored.call); "
      + "use a new key for a different command."
    return .refused(status: 409, title: "Key in use", detail: detail)
  }

  private static func mode(of stored: StoredCommand) -> String? {
    (try? JSONValue.parse(stored.record))?["mode"]?.string
  }

  /// Something in the store cannot be read: for the log.
  func tell(_ error: StoreError) {
    if complaint != error.description { unreadable(error) }
    complaint = error.description
  }

  /// The bridge's answer to an ask, once it is durable.
  func answered(_ ask: AskID, _ answer: Bridge.Reply) {
    if let waiting = waitingForErasures.removeValue(forKey: ask) {
      return answered(waiting, answer)
    }
    if let reply = waitingForGroups.removeValue(forKey: ask) {
      return reply(SocketGroupReply(answer) { view(of: $0) })
    }
    guard let reply = waiting.removeValue(forKey: ask) else { return }
    switch answer {
    case .group, .erasing: preconditionFailure("a command is not answered with something else")
    case .issued(let command):
      reply(.issued(id: command.id, CommandView(command, turns.bridge.route)))
    case .known(let command), .acknowledged(let command):
      reply(.known(id: command.id, CommandView(command, turns.bridge.route)))
    case .refused(let refusal) where refusal.reason == .storeUnavailable:
      reply(.unavailable(detail: refusal.detail))
    case .refused(let refusal):
      reply(
        .refused(
          status: refusal.reason.httpStatus, title: refusal.reason.title, detail: refusal.detail))
    }
  }

  // MARK: - Health

  /// An outage that is waited out is no reason for a supervisor to restart the process.
  func health() -> HealthView {
    let isOK = store?.failure == nil
    return HealthView(isOK: isOK, json: Documents.health(store, outage: turns.outage))
  }

  func readiness() -> HealthView {
    let missing = turns.bridge.agentsOutOfSync(at: turns.now)
    let trouble = store?.failure ?? turns.outage
    return HealthView(
      isOK: missing.isEmpty && trouble == nil && turns.auditProblem == nil,
      json: Documents.readiness(
        missing: missing, openCommands: turns.bridge.openCommandCount, trouble: trouble,
        auditProblem: turns.auditProblem, anchors: anchorRoom?.problems ?? [],
        isInsecure: isInsecure))
  }
}

extension CommandView {
  init(_ stored: StoredCommand, _ route: Commands.Route?) {
    // Only an end that leaves a question has causes to be told.
    let command = stored.isOpen ? nil : stored.command
    self.init(
      json: command.map { Documents.command($0, route) } ?? stored.record, isFinal: !stored.isOpen)
  }

  init(_ command: Command, _ route: Commands.Route?) {
    self.init(json: Documents.command(command, route), isFinal: !command.isOpen)
  }
}

extension Bridge.Refusal.Reason {
  var httpStatus: Int {
    switch self {
    case .unknownAgent, .unknownCall, .unknownGroup: 404
    case .ambiguousCall, .noRoute, .parameters, .keyInUse, .notAnException, .callIsLive: 409
    case .groupIsAhead, .tooManyGroups, .groupWasPlaced: 409
    case .groupExists: 412
    case .tooMany, .stopping, .storeUnavailable: 503
    }
  }

  var title: String {
    switch self {
    case .unknownAgent: "Unknown agent"
    case .unknownCall: "Unknown call"
    case .ambiguousCall: "Ambiguous call"
    case .noRoute: "No route for commands"
    case .parameters: "Parameters do not fit"
    case .keyInUse: "Key in use"
    case .tooMany: "Too many open commands"
    case .stopping: "Stopping"
    case .storeUnavailable: "Store unavailable"
    case .notAnException: "Not an exception"
    case .unknownGroup: "Unknown group"
    case .groupExists: "Group exists"
    case .groupIsAhead: "Group is ahead"
    case .tooManyGroups: "Too many groups"
    case .callIsLive: "Call is live"
    case .groupWasPlaced: "Group was placed"
    }
  }
}
