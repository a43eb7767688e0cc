import HTTP
import JSON
import Loop
import Reactor

/// A subscriber that never gives up: it asks for what comes after its cursor, over and over.
///
/// What arrived of an answer that a kill cut off was seen as well, as far as its last whole line.
final class KillReader {
  /// Every event that was seen, in the order in which it came.
  private(set) var lines: [[UInt8]] = []
  /// Answers that should not be.
  private(set) var problems: [String] = []
  /// How many answers were cut off within their events.
  private(set) var cuts = 0

  private let client: HTTPClient
  private let socket: String
  private var timer: (any ReactorTimer)?
  private var cursor = "earliest"

  init(loop: EventLoop, socket: String) {
    self.socket = socket
    client = HTTPClient(reactor: loop)
    timer = loop.makeTimer { [unowned self] in ask() }
  }

  func start() { ask() }

  func close() {
    timer?.cancel()
    timer = nil
    client.close()
  }

  private func ask() {
    var request = HTTPRequest(
      method: "GET", url: "http://localhost/v1/events?limit=200&wait=5&after=\(cursor)",
      timeout: .seconds(20))
    request.unixSocketPath = socket
    client.send(request) { [unowned self] outcome in
      switch outcome {
      case .response(let response) where response.status == 200:
        take(response.body)
        timer?.start(after: .zero)
      case .response(let response):
        problems.append("\(response.status) after \(cursor)")
        timer?.start(after: .milliseconds(5))
      case .failure(let failure):
        if failure.status == 200 {
          if !failure.partialBody.isEmpty { cuts += 1 }
          take(failure.partialBody)
        }
        timer?.start(after: .milliseconds(5))
      }
    }
  }

  private func take(_ body: [UInt8]) {
    var rest = body[...]
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      let line = Array(rest[..<end])
      rest = rest[(end + 1)...]
      guard !line.isEmpty else { continue }  // The heartbeat.
      guard let id = (try? JSONValue.parse(line))?["id"]?.string else {
        problems.append("no event: \(String(decoding: line, as: UTF8.self).prefix(200))")
        continue
      }
      lines.append(line)
      cursor = id
    }
  }
}
