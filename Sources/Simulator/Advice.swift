import JSON

/// What a reply tells the client to do next.
struct Advice: Sendable {
  enum Reconnect: String, Sendable { case retry, handshake, none }

  var reconnect: Reconnect
  /// Nil where the server leaves it out.
  var interval: Duration? = .zero
  var timeout: Duration?
  var isMultipleClients = false

  static let none = Advice(reconnect: .none)

  func write(to writer: inout JSONWriter) {
    writer.object("advice") { writer in
      if isMultipleClients { writer.member("multiple-clients", true) }
      if let interval { writer.member("interval", interval.milliseconds) }
      if let timeout { writer.member("timeout", timeout.milliseconds) }
      writer.member("reconnect", reconnect.rawValue)
    }
  }
}

extension Duration {
  /// Whole milliseconds, rounded down.
  var milliseconds: Int64 {
    components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
  }
}
