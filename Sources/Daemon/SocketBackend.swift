import API
import Bridge
import Commands
import JSON
import Store

/// Answers the socket's questions: events, commands and exceptions from the store, live calls and
/// sessions from the bridge. Everything it shows is on disk.
final class SocketBackend: Backend {
  /// Commands that one listing shows, the newest first: what a person looks through.
  private static let listedCommands = 1_000

  private let store: Store
  private let turns: TurnLoop
  private var lastAsk: UInt64 = 0
  private var waiting: [AskID: (SocketReply) -> Void] = [:]

  init(store: Store, turns: TurnLoop) {
    self.store = store
    self.turns = turns
  }

  var storeIdentity: String { store.identity }
  var oldestSequence: Int64 { store.firstSequence }
  var latestSequence: Int64 { store.lastSequence }

  func events(after: Int64, limit: Int, matching selection: EventSelection) throws -> SocketPage {
    let page = try store.events(
      after: after, limit: limit,
      matching: EventFilter(
        types: selection.types, call: selection.call, agent: selection.agent))
    return SocketPage(
      lines: page.events.map { EventLine(sequence: $0.sequence, type: $0.type, line: $0.line) },
      nextAfter: page.nextAfter)
  }

  func calls() -> [UInt8] { turns.bridge.callsDocument() }

  func sessions() -> [UInt8] { turns.bridge.sessionsDocument(at: turns.now) }

  func exceptions() throws -> [UInt8] { list("exceptions", try store.exceptions()) }

  func commands() throws -> [UInt8] {
    list("commands", try store.commands(limit: Self.listedCommands, order: .newestFirst))
  }

  func command(_ id: String) throws -> CommandView? {
    try store.command(id).map { CommandView(json: $0.record, isFinal: !$0.isOpen) }
  }

  func issue(_ request: SocketRequest, reply: @escaping (SocketReply) -> Void) {
    guard let operation = Operation(rawValue: request.operation),
      let mode = CommandMode(rawValue: request.mode)
    else {
      return reply(.refused(status: 400, reason: "malformed", detail: "Unknown operation or mode."))
    }
    // The ledger remembers the latest keys; the store remembers them all.
    if let key = request.key, let stored = try? store.command(key: key) {
      let isSame =
        stored.call == request.call && stored.operation == request.operation
        && request.agent.map { $0 == stored.agent } ?? true
      return reply(
        isSame
          ? .command(id: stored.id, json: stored.record)
          : .refused(
            status: 409, reason: Bridge.Refusal.Reason.keyInUse.rawValue,
            detail: "The key belongs to command \(stored.id), a \(stored.operation) of call "
              + "\(stored.call); use a new key for a different command."))
    }
    lastAsk += 1
    let ask = AskID(rawValue: lastAsk)
    waiting[ask] = reply
    turns.add(
      .asked(
        ask,
        Ask(
          call: request.call, operation: operation, agent: request.agent, key: request.key,
          mode: mode,
          origin: Origin(uid: request.origin?.uid, gid: request.origin?.gid))))
  }

  /// The bridge's answer to an ask, once it is durable.
  func answered(_ ask: AskID, _ answer: Bridge.Reply) {
    guard let reply = waiting.removeValue(forKey: ask) else { return }
    switch answer {
    case .command(let command):
      reply(.command(id: command.id, json: Self.document(command)))
    case .refused(let refusal):
      reply(
        .refused(
          status: Self.status(refusal.reason), reason: refusal.reason.rawValue,
          detail: refusal.detail))
    }
  }

  func health() -> HealthView {
    HealthView(
      isOK: true,
      json: JSONWriter.write { writer in
        writer.object { writer in
          writer.member("status", "ok")
          writer.member("store", store.identity)
          writer.member("latest", store.lastSequence)
        }
      })
  }

  func readiness() -> HealthView {
    let missing = turns.bridge.agentsOutOfSync
    return HealthView(
      isOK: missing.isEmpty,
      json: JSONWriter.write { writer in
        writer.object { writer in
          writer.member("status", missing.isEmpty ? "ready" : "not-ready")
          writer.member("agentsOutOfSync", missing)
          writer.member("openCommands", turns.bridge.openCommandCount)
        }
      })
  }

  private func list(_ name: String, _ commands: [StoredCommand]) -> [UInt8] {
    JSONWriter.write { writer in
      writer.object { writer in
        writer.name(name)
        writer.array { writer in for command in commands { writer.raw(command.record) } }
      }
    }
  }

  private static func document(_ command: Command) -> [UInt8] {
    JSONWriter.write { writer in writer.object { command.write(to: &$0) } }
  }

  private static func status(_ reason: Bridge.Refusal.Reason) -> Int {
    switch reason {
    case .unknownAgent, .unknownCall: 404
    case .ambiguousCall, .noRoute, .keyInUse: 409
    case .tooMany, .stopping: 503
    }
  }
}
