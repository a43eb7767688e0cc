/// Where the bytes of a stream come from: the server pulls, one block at a time, when the peer has
/// taken what it was given. A source therefore never holds more than it chooses to.
package protocol StreamSource: AnyObject {
  /// The next bytes, about `maxBytes` of them. More are accepted, and kept by the server until the
  /// peer has taken them, so that a long line need not be cut; more as a habit costs memory.
  func next(maxBytes: Int) -> StreamStep

  /// What is sent when the stream has been silent for a while; empty for nothing.
  var heartbeat: [UInt8] { get }

  /// The peer has stalled: the last bytes it will get, after those it has been given already.
  func stalled() -> [UInt8]
}

/// What a source has to give.
package enum StreamStep: Equatable, Sendable {
  /// Must not be empty; empty bytes count as `idle`.
  case bytes([UInt8])
  /// Nothing now: ask again after `Responder.resume()`.
  case idle
  /// The response is complete; the connection may be used again.
  case end
  /// Close the connection as if it had broken: the peer sees an incomplete response.
  case cut
}

/// A whole body given out in blocks, so that it can be seen whether the peer takes it.
final class BodySource: StreamSource {
  private let body: [UInt8]
  private let end: Int
  private var position = 0

  /// Gives `body` up to `cut`, and then breaks off.
  init(_ body: [UInt8], cutAfter cut: Int?) {
    self.body = body
    self.end = min(cut ?? body.count, body.count)
    self.isCut = cut != nil
  }

  private let isCut: Bool

  func next(maxBytes: Int) -> StreamStep {
    guard position < end else { return isCut ? .cut : .end }
    let piece = Array(body[position..<min(end, position + maxBytes)])
    position += piece.count
    return .bytes(piece)
  }

  var heartbeat: [UInt8] { [] }

  /// A body of a stated length has no room for last words.
  func stalled() -> [UInt8] { [] }
}
