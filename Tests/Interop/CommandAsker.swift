import HTTP
import JSON

/// Asks the daemon for commands over its socket, and holds each answer against what the same key
/// was answered before.
final class CommandAsker {
  /// One command as its asker knows it.
  struct Wish {
    let key: String
    let call: String
    let operation: String
  }

  /// What came of asking once.
  enum Reply {
    /// The command of the key, which is told the first time as well as each time after.
    case command(String, isNew: Bool)
    /// Nobody knows the call.
    case unknown
    /// No daemon was there, or its answer was lost.
    case lost
    /// An answer that should not be; it is among the problems.
    case wrong
  }

  private let ground: Ground
  private let client: HTTPClient
  /// The command that each key became.
  private(set) var commands: [String: String] = [:]
  /// Answers that should not be.
  private(set) var problems: [String] = []
  /// How often a request found no daemon, or its answer was lost.
  private(set) var lost = 0

  init(_ ground: Ground) {
    self.ground = ground
    client = HTTPClient(reactor: ground.scene.loop)
  }

  func close() { client.close() }

  func ask(_ wish: Wish, then: @escaping (Reply) -> Void) {
    let body =
      #"{"call":"\#(wish.call)","operation":"\#(wish.operation)","key":"\#(wish.key)"}"#
    var request = HTTPRequest(
      method: "POST", url: "http://localhost/v1/commands", body: Array(body.utf8),
      timeout: .seconds(20))
    request.unixSocketPath = ground.bridge.socket
    client.send(request) { [unowned self] outcome in then(reply(outcome, wish)) }
  }

  private func reply(_ outcome: HTTPOutcome, _ wish: Wish) -> Reply {
    guard case .response(let response) = outcome else {
      lost += 1
      return .lost
    }
    if response.status == 404 { return .unknown }
    let known = commands[wish.key]
    guard response.status == 202 && known == nil || response.status == 200,
      let command = (try? JSONValue.parse(response.body))?["command"]?.string,
      known == nil || known == command
    else {
      let text = String(decoding: response.body, as: UTF8.self)
      problems.append("\(wish), \(known ?? "new"): \(response.status) \(text)")
      return .wrong
    }
    commands[wish.key] = command
    return .command(command, isNew: known == nil)
  }
}
