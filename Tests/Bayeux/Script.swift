import Bayeux
import JSON
import TestSupport

/// Drives a session by hand: replies go to the last exchange of a kind, `$1` in a reply stands for
/// the id of its first message, and what is delivered is journaled at once unless told otherwise.
struct Script {
  var session: Session
  var now = Duration.zero
  var journalsAtOnce = true
  var exchanges: [Exchange] = []
  var effects: [Session.Effect] = []
  /// The effects of the last step alone.
  var last: [Session.Effect] = []

  init(
    channels: [String] = ["/v2/me/calls"], seed: UInt64 = 1,
    _ change: (inout SessionSettings) -> Void = { _ in }
  ) {
    var settings = SessionSettings(channels: channels)
    settings.livenessInterval = nil
    change(&settings)
    session = Session(settings: settings, seed: seed)
  }

  /// A session that is connected, subscribed to the first channel and has a connect parked.
  static func connected(
    channels: [String] = ["/v2/me/calls"], ack: Bool = false, advice: String = granted,
    _ change: (inout SessionSettings) -> Void = { _ in }
  ) -> Script {
    var script = Script(channels: channels, change)
    script.feed(.start)
    script.answer(
      .handshake,
      #"{"id":"$1","channel":"/meta/handshake","successful":true,"clientId":"c1","#
        + (ack ? #""ext":{"ack":true},"# : "") + #""advice":\#(advice)}"#)
    script.answer(
      .subscribe,
      #"{"id":"$1","channel":"/meta/subscribe","successful":true,"subscription":"/v2/me/calls"}"#)
    script.answer(.connect, success)
    script.last = []
    return script
  }

  static let granted = #"{"reconnect":"retry","interval":0,"timeout":30000}"#
  static let handshaken =
    #"{"id":"$1","channel":"/meta/handshake","successful":true,"clientId":"c1"}"#
  static let success = #"{"id":"$1","channel":"/meta/connect","successful":true}"#
  static let unknown =
    #"{"id":"$1","channel":"/meta/connect","successful":false,"error":"402::Unknown client"}"#
  static func event(_ number: Int) -> String {
    #"{"channel":"/v2/me/calls","data":{"n":\#(number)}}"#
  }

  mutating func feed(_ input: Session.Input) {
    var new = session.handle(input, at: now)
    for effect in new {
      if case .send(let exchange) = effect { exchanges.append(exchange) }
      if case .deliver(let batch, _) = effect, journalsAtOnce {
        let more = session.handle(.journaled(batch: batch), at: now)
        for case .send(let exchange) in more { exchanges.append(exchange) }
        new += more
      }
    }
    last = new
    effects += new
  }

  /// To the millisecond.
  mutating func wait(_ seconds: Double) {
    now += .milliseconds(Int(seconds * 1000))
    feed(.timer)
  }

  mutating func answer(
    _ kind: Exchange.Kind, status: Int = 200, _ messages: String..., retryAfter: Duration? = nil
  ) {
    let text = messages.first.map { $0.first == "{" ? "[\(messages.joined(separator: ","))]" : $0 }
    reply(kind, .response(status: status, body: bytes(text ?? "", kind), retryAfter: retryAfter))
  }

  mutating func fail(
    _ kind: Exchange.Kind, mayHaveReached: Bool = true, partial: String = "",
    reason: String = "reset"
  ) {
    reply(
      kind,
      .failed(
        TransportFailure(
          reason: reason, mayHaveReachedServer: mayHaveReached,
          partialBody: bytes(partial, kind))))
  }

  private mutating func reply(_ kind: Exchange.Kind, _ reply: Session.Reply) {
    guard let exchange = exchange(kind) else { return }
    feed(.replied(exchange.id, reply))
  }

  private func bytes(_ text: String, _ kind: Exchange.Kind) -> [UInt8] {
    var text = text
    for (index, id) in ids(kind).enumerated() { text = text.replacing("$\(index + 1)", with: id) }
    return Array(text.utf8)
  }

  func exchange(_ kind: Exchange.Kind) -> Exchange? { exchanges.last { $0.kind == kind } }

  func messages(_ kind: Exchange.Kind) -> [JSONValue] {
    exchange(kind).flatMap { try? JSONValue.parse($0.body) }.map { Array($0.elements) } ?? []
  }

  func ids(_ kind: Exchange.Kind) -> [String] { messages(kind).compactMap { $0["id"]?.string } }

  func count(_ kind: Exchange.Kind) -> Int { exchanges.count { $0.kind == kind } }

  /// The numbers of the notifications delivered, in order.
  var delivered: [Int] {
    effects.flatMap { effect -> [Delivery] in
      if case .deliver(_, let deliveries) = effect { deliveries } else { [] }
    }.compactMap { $0.data?["n"]?.integer.map(Int.init) }
  }

  var lines: [String] { effects.map(\.line) }
  var lastLines: [String] { last.map(\.line) }
  var changes: [Session.Change] {
    effects.compactMap { if case .changed(let change) = $0 { change } else { nil } }
  }
  var interruptions: [Session.Interruption.Cause] {
    effects.compactMap { if case .interrupted(let what) = $0 { what.cause } else { nil } }
  }
  var wake: Duration? {
    effects.reversed().lazy.compactMap { if case .wake(let at) = $0 { at } else { nil } }.first
  }
}
