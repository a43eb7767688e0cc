import Bayeux
import JSON

/// A conversation as a file: one JSON object a line.
///
/// The first line holds the settings: `channels`, `transports` (in order of preference), `liveness`
/// in milliseconds, `seed`. A line with `in` is an input, `at` so many milliseconds; a line with
/// `out` is the next effect. What a peer sent stands in `body` as it came.
enum Transcript {
  struct Unreadable: Error { let line: String }

  static func header(_ settings: SessionSettings, seed: UInt64) -> String {
    object { writer in
      writer.member("channels", settings.channels)
      writer.member("transports", settings.transports.map(\.rawValue))
      writer.member("liveness", settings.livenessInterval.map { Int64($0 / .milliseconds(1)) } ?? 0)
      writer.member("seed", seed)
    }
  }

  static func line(_ input: Session.Input, at now: Duration) -> String {
    object { writer in
      writer.member("at", Int64(now / .milliseconds(1)))
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

  static func line(_ effect: Session.Effect) -> String {
    object { writer in
      writer.member("out", effect.line)
      if case .send(let exchange) = effect { writer.member("exchange", exchange.id.number) }
    }
  }

  private static func object(_ body: (inout JSONWriter) -> Void) -> String {
    String(decoding: JSONWriter.write { $0.object(body) }, as: UTF8.self)
  }
}

// MARK: - Reading

extension Transcript {
  /// Plays the inputs of a transcript and returns it with the effects that follow now.
  static func replay(_ lines: [String]) throws -> [String] {
    guard let first = lines.first else { return [] }
    let header = try JSONValue.parse(Array(first.utf8))
    var settings = SessionSettings(
      channels: header["channels"]?.elements.compactMap(\.string) ?? [])
    settings.transports =
      header["transports"]?.elements.compactMap { $0.string.flatMap(Transport.init) } ?? []
    let liveness = header["liveness"]?.integer ?? 0
    settings.livenessInterval = liveness > 0 ? .milliseconds(liveness) : nil
    let seed = header["seed"]?.integer.flatMap(UInt64.init(exactly:)) ?? 0
    var session = Session(settings: settings, seed: seed)
    var replayed = [first]
    for line in lines.dropFirst() {
      let value = try JSONValue.parse(Array(line.utf8))
      guard value["in"] != nil else { continue }
      guard let at = value["at"]?.integer, let input = input(value) else {
        throw Unreadable(line: line)
      }
      replayed.append(line)
      replayed += session.handle(input, at: .milliseconds(at)).map { Transcript.line($0) }
    }
    return replayed
  }

  private static func input(_ value: JSONValue) -> Session.Input? {
    func number(_ name: String) -> UInt64 {
      value[name]?.integer.flatMap(UInt64.init(exactly:)) ?? 0
    }
    let body = Array((value["body"]?.string ?? "").utf8)
    let exchange = ExchangeID(number("exchange"))
    switch value["in"]?.string {
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
