import HTTP
import Loop

/// An answer without end, read line by line.
final class LineStream {
  private let loop: EventLoop
  private let socket: String
  private var exchange: HTTPExchange?
  private var bytes: [UInt8] = []
  private var outcome: HTTPOutcome?

  /// The daemon sends a sign of life within 15 s.
  private static let silenceMax: Duration = .seconds(60)
  /// A year: the answer ends when somebody ends it.
  private static let lengthMax: Duration = .seconds(365 * 86_400)

  init(_ message: HTTPRequest, socket: String, http: HTTPClient, loop: EventLoop) {
    self.loop = loop
    self.socket = socket
    var message = message
    message.timeout = Self.silenceMax
    message.totalTimeout = Self.lengthMax
    message.onBody = { [unowned self] piece in
      bytes += piece
      if piece.contains(UInt8(ascii: "\n")) { loop.stop() }
    }
    exchange = http.send(message) { [unowned self] ended in
      outcome = ended
      loop.stop()
    }
  }

  func cancel() { exchange?.cancel() }

  /// The whole lines that have come since, at least one; waits for it. Nil at the end.
  func next() throws(APIError) -> [[UInt8]]? {
    while true {
      let lines = take()
      if !lines.isEmpty { return lines }
      switch outcome {
      case nil: loop.run()
      case .response(let response) where response.status == 200: return nil
      case .response(let response): throw APIError(response)
      case .failure(let failure): throw APIError(failure, socket: socket)
      }
    }
  }

  /// Without the blank lines, which only show that the connection lives.
  private func take() -> [[UInt8]] {
    guard let end = bytes.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
    let lines = bytes[..<end].split(separator: UInt8(ascii: "\n")).map(Array.init)
    bytes.removeSubrange(...end)
    return lines
  }
}
