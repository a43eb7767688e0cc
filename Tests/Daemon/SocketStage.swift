import Configuration
import JSON
import Simulator
import Store
import Testing

extension Stage {
  /// A platform that offers WebSocket, and a daemon that prefers it.
  static func overSockets(
    acknowledgement: SimulatorSettings.Acknowledgement, deadline: Duration = .seconds(10),
    _ adjust: (inout SimulatorSettings) -> Void = { _ in }
  ) throws -> Stage {
    let stage = try Stage(deadline: deadline) {
      $0.webSocket = .offered
      $0.acknowledgement = acknowledgement
      adjust(&$0)
    }
    stage.configuration.platform.transports = [.webSocket, .longPolling]
    return stage
  }

  /// Where the platform listens.
  var port: UInt16 {
    get throws {
      let text = configuration.platform.url.split(separator: ":").last
      return try #require(text.flatMap { UInt16($0) })
    }
  }

  /// What `/v1/sessions` says the notifications of the only agent come over.
  func transport() throws -> String? {
    var sessions = try get("/v1/sessions").json?["sessions"]?.elements.makeIterator()
    return sessions?.next()?["transport"]?.string
  }

  /// How often an agent has logged in.
  var logins: Int { log.filter { $0.contains("event=logged-in") }.count }

  /// The causes of the gaps so far.
  func gapCauses() throws -> [String] {
    try events("gap").compactMap { $0["data"]?["cause"]?.string }
  }

  func waitForSocket() throws {
    try wait("the session is on a socket") { try self.transport() == "websocket" }
  }
}

/// The numbers of the load's notifications, read from the store as they come: there may be tens of
/// megabytes, too much for an answer of the socket.
final class StoredNumbers {
  private let store: Store
  private var last: Int64 = 0
  private var numbers: [Int64] = []

  /// To be closed.
  init(_ path: String) throws {
    store = try Store.open(at: path, access: .reading)
  }

  func close() { store.close() }

  /// Reads on to the newest, and gives all.
  func all() throws -> [Int64] {
    while true {
      let page = try store.events(after: last, limit: 16)
      guard page.nextAfter > last else { return numbers }
      last = page.nextAfter
      for event in page.events where event.type == "recbridge.call.v1" {
        let data = try JSONValue.parse(event.line)["data"]
        guard data?["source"]?.string == "notification",
          let number = data?["raw"]?["call"]?["userData"]?["Sequence"]?.integer
        else { continue }
        numbers.append(number)
      }
    }
  }
}
