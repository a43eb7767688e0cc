package import Bayeux
import JSON

/// The session machine with a record of every input and every effect: one JSON object a line.
///
/// The first line tells of whom it was taken (`server`, `transport`) and holds the settings:
/// `channels`, `transports` (in order of preference), `liveness` in milliseconds, `eager`,
/// `appendsMessageType`, `seed`.
/// A line with `in` is an input, `at` so many milliseconds; a line with `out` is the next effect.
/// What a peer sent stands in `body` as it came. The input `restart` is no input of a machine: a
/// new one goes on with what the one before had saved.
package struct Transcript {
  package struct Unreadable: Error { let line: String }

  package private(set) var lines: [String]
  package private(set) var session: Session
  private let settings: SessionSettings
  private let seed: UInt64

  /// - Parameters:
  ///   - server: its name and version, for people.
  ///   - transport: what the conversation is about, for people.
  package init(
    server: String, transport: String, settings: SessionSettings, seed: UInt64
  ) {
    self.settings = settings
    self.seed = seed
    session = Session(settings: settings, seed: seed)
    lines = [
      Self.object { writer in
        writer.member("server", server)
        writer.member("transport", transport)
        writer.member("channels", settings.channels)
        writer.member("transports", settings.transports.map(\.rawValue))
        writer.member("liveness", settings.livenessInterval.map(Self.milliseconds) ?? 0)
        writer.member("eager", settings.retriesEagerly)
        writer.member("appendsMessageType", settings.appendsMessageType)
        writer.member("seed", seed)
      }
    ]
  }

  /// Feeds the machine. It is told the time to the millisecond, as the line has it.
  package mutating func feed(_ input: Session.Input, at now: Duration) -> [Session.Effect] {
    lines.append(Self.line(at: now) { Self.write(input, to: &$0) })
    let effects = session.handle(input, at: .milliseconds(Self.milliseconds(now)))
    lines += effects.map(Self.line)
    return effects
  }

  /// The process dies, and another one goes on with what is saved; false if nothing is.
  package mutating func restart(at now: Duration) -> Bool {
    guard let saved = session.saved else { return false }
    lines.append(
      Self.line(at: now) { writer in
        writer.member("in", "restart")
        writer.name("saved")
        saved.write(to: &writer)
      })
    session = Session(settings: settings, seed: seed)
    session.resume(from: saved)
    return true
  }

  private static func milliseconds(_ time: Duration) -> Int64 { Int64(time / .milliseconds(1)) }
}

// MARK: - Writing

extension Transcript {
  private static func line(at now: Duration, _ body: (inout JSONWriter) -> Void) -> String {
    object { writer in
      writer.member("at", milliseconds(now))
      body(&writer)
    }
  }

  private static func object(_ body: (inout JSONWriter) -> Void) -> String {
    String(decoding: JSONWriter.write { $0.object(body) }, as: UTF8.self)
  }

  private static func write(_ input: Session.Input, to writer: inout JSONWriter) {
    switch input {
    case .start: writer.member("in", "start")
    case .stop: writer.member("in", "stop")
    case .timer: writer.member("in", "timer")
    case .journaled(let batch):
      writer.member("in", "journaled")
      writer.member("batch", batch)
    case .replied(let id, .response(let status, let body, let retryAfter)):
      writer.member("in", "response")
      writer.member("exchange", id.number)
      writer.member("status", status)
      if let retryAfter { writer.member("retryAfter", Int64(retryAfter / .seconds(1))) }
      writer.member("body", String(decoding: body, as: UTF8.self))
    case .replied(let id, .failed(let failure)):
      writer.member("in", "failed")
      writer.member("exchange", id.number)
      writer.member("reason", failure.reason)
      writer.member("mayHaveReachedServer", failure.mayHaveReachedServer)
      writer.member("body", String(decoding: failure.partialBody, as: UTF8.self))
    case .socket(let id, let event):
      writer.member("in", "socket")
      writer.member("socket", id.number)
      write(event, to: &writer)
    }
  }

  private static func write(_ event: SocketEvent, to writer: inout JSONWriter) {
    switch event {
    case .opened: writer.member("event", "opened")
    case .message(let bytes):
      writer.member("event", "message")
      writer.member("body", String(decoding: bytes, as: UTF8.self))
    case .stalled(let reason):
      writer.member("event", "stalled")
      writer.member("reason", reason)
    case .closed(let close):
      switch close.kind {
      case .unreachable: writer.member("event", "unreachable")
      case .broken: writer.member("event", "broken")
      case .refused(let status):
        writer.member("event", "refused")
        writer.member("number", status)
      case .code(let code):
        writer.member("event", "closed")
        writer.member("number", code)
      }
      writer.member("reason", close.reason)
    }
  }

  /// Everything that an effect holds, as people read it.
  private static func line(_ effect: Session.Effect) -> String {
    object { writer in
      switch effect {
      case .deliver(let batch, let deliveries):
        let messages = deliveries.map { String(decoding: $0.message.raw, as: UTF8.self) }
        writer.member("out", "deliver \(batch) \(messages.joined(separator: ", "))")
      case .send(let exchange):
        writer.member("out", effect.line)
        writer.member("exchange", exchange.id.number)
        writer.member("kind", exchange.kind.rawValue)
      case .quarantine(let malformed):
        writer.member("out", effect.line)
        writer.member("offset", malformed.offset)
      default: writer.member("out", effect.line)
      }
    }
  }
}

// MARK: - Reading

extension Transcript {
  /// Plays the inputs of a transcript: nil if the effects are those that it has, or else where they
  /// part, for people.
  package static func difference(replaying lines: [String]) throws -> String? {
    let replayed = try replay(lines)
    for (number, (line, now)) in zip(lines, replayed).enumerated() where line != now {
      return "line \(number + 1) was \(line) and is now \(now)"
    }
    return replayed.count == lines.count
      ? nil : "there were \(lines.count) lines and now there are \(replayed.count)"
  }

  /// The transcript with the effects that follow now.
  private static func replay(_ lines: [String]) throws -> [String] {
    guard let first = lines.first else { throw Unreadable(line: "") }
    var transcript = try Transcript(header: first)
    for line in lines.dropFirst() {
      let value = try JSONValue.parse(Array(line.utf8))
      guard let name = value["in"]?.string else { continue }
      guard let at = value["at"]?.integer else { throw Unreadable(line: line) }
      if name == "restart" {
        guard transcript.restart(at: .milliseconds(at)) else { throw Unreadable(line: line) }
      } else {
        guard let input = input(name, value) else { throw Unreadable(line: line) }
        _ = transcript.feed(input, at: .milliseconds(at))
      }
    }
    return transcript.lines
  }

  private init(header line: String) throws {
    let header = try JSONValue.parse(Array(line.utf8))
    guard let server = header["server"]?.string, let transport = header["transport"]?.string,
      let seed = header["seed"]?.integer.flatMap(UInt64.init(exactly:))
    else { throw Unreadable(line: line) }
    var settings = SessionSettings(
      channels: header["channels"]?.elements.compactMap(\.string) ?? [])
    settings.transports =
      header["transports"]?.elements.compactMap { $0.string.flatMap(Transport.init) } ?? []
    let liveness = header["liveness"]?.integer ?? 0
    settings.livenessInterval = liveness > 0 ? .milliseconds(liveness) : nil
    settings.retriesEagerly = header["eager"]?.bool == true
    settings.appendsMessageType = header["appendsMessageType"]?.bool == true
    self.init(server: server, transport: transport, settings: settings, seed: seed)
  }

  private static func input(_ name: String, _ value: JSONValue) -> Session.Input? {
    func number(_ name: String) -> UInt64 {
      value[name]?.integer.flatMap(UInt64.init(exactly:)) ?? 0
    }
    let body = Array((value["body"]?.string ?? "").utf8)
    let exchange = ExchangeID(number("exchange"))
    switch name {
    case "start": return .start
    case "stop": return .stop
    case "timer": return .timer
    case "journaled": return .journaled(batch: number("batch"))
    case "response":
      let retryAfter = value["retryAfter"]?.integer.map { Duration.seconds($0) }
      return .replied(
        exchange, .response(status: Int(number("status")), body: body, retryAfter: retryAfter))
    case "failed":
      let failure = TransportFailure(
        reason: value["reason"]?.string ?? "",
        mayHaveReachedServer: value["mayHaveReachedServer"]?.bool == true, partialBody: body)
      return .replied(exchange, .failed(failure))
    case "socket":
      return event(value, body).map { .socket(SocketID(number("socket")), $0) }
    default: return nil
    }
  }

  private static func event(_ value: JSONValue, _ body: [UInt8]) -> SocketEvent? {
    let reason = value["reason"]?.string ?? ""
    let number = value["number"]?.integer.map(Int.init) ?? 0
    switch value["event"]?.string {
    case "opened": return .opened
    case "message": return .message(body)
    case "stalled": return .stalled(reason: reason)
    case "unreachable": return .closed(SocketClose(.unreachable, reason: reason))
    case "broken": return .closed(SocketClose(.broken, reason: reason))
    case "refused": return .closed(SocketClose(.refused(status: number), reason: reason))
    case "closed": return .closed(SocketClose(.code(number), reason: reason))
    default: return nil
    }
  }
}
