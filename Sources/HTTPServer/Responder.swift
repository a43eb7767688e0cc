/// The one place where a request is answered: at once, later, or as a stream; exactly once.
///
/// Until it is answered the connection is suspended and costs no work. A responder that is dropped
/// without an answer answers 500. An answer to a client that has left is dropped in silence, for
/// that is a race; answering twice is a mistake of the caller and traps.
///
/// A client that closes is noticed at once, also while its request is held, with two exceptions:
/// one that has sent more bytes behind its request, and one on a Unix socket that has only closed
/// its sending half (`nc -N`), which still gets its answer. Those are found by the next write: a
/// stream therefore has a heartbeat.
package final class Responder {
  private let exchange: Exchange

  init(_ exchange: Exchange) { self.exchange = exchange }

  deinit { exchange.abandon(with: .unanswered) }

  /// Sends a whole response.
  package func respond(_ response: ServerResponse) {
    exchange.answer(.whole(response))
  }

  /// Sends the head of `response` with its full length and the first `bodyBytes` of its body, then
  /// breaks the connection: a fault for tests of clients.
  package func respond(_ response: ServerResponse, cutAfter bodyBytes: Int) {
    exchange.answer(.cut(response, bodyBytes: bodyBytes))
  }

  /// Breaks the connection without any answer.
  package func cut() {
    exchange.answer(.none)
  }

  /// Sends a response without a stated length; `source` is pulled until it ends.
  ///
  /// The server keeps `source` until then. HTTP/1.1 clients get chunks, HTTP/1.0 clients get bytes
  /// until the connection closes. For HEAD the source is never asked.
  package func stream(status: Int, headers: [ServerHeader], source: any StreamSource) {
    exchange.answer(.stream(status: status, headers: headers, source: source))
  }

  /// Asks the source of an idle stream again. Cheap, and harmless when there is nothing to wake.
  package func resume() { exchange.wake() }

  /// Calls `handler` once if the request ends before its whole answer has been written: the client
  /// left, stalled for too long, or the server stopped. Not called for a `cut`.
  package func onDisconnect(_ handler: @escaping () -> Void) {
    exchange.onDisconnect(handler)
  }

  /// Whether the request is still there to be answered or being answered.
  package var isOpen: Bool { exchange.isOpen }
}

/// What has been decided about one request.
enum Answer {
  case whole(ServerResponse)
  case cut(ServerResponse, bodyBytes: Int)
  case stream(status: Int, headers: [ServerHeader], source: any StreamSource)
  case none
}

/// One request from its complete head to its end; what a responder and its connection share.
final class Exchange {
  let method: String
  let target: RequestTarget
  let headers: [ServerHeader]
  var body: [UInt8] = []
  /// The body passed the limit; the rest of it is read and forgotten, then 413 is the answer.
  var isBodyTooLarge = false

  private(set) var answer: Answer?
  /// Nil once the exchange has ended; a connection owns its exchange, not the other way round.
  private weak var connection: Connection?
  private var disconnectHandler: (() -> Void)?

  init(_ head: RequestHead, target: RequestTarget, connection: Connection) {
    method = head.method
    self.target = target
    headers = head.headers
    self.connection = connection
  }

  var isOpen: Bool { connection != nil }

  func answer(_ answer: Answer) {
    guard let connection else { return }
    precondition(self.answer == nil, "a request was answered twice: \(method) \(target.path)")
    self.answer = answer
    if case .none = answer { disconnectHandler = nil }
    connection.answered()
  }

  /// Answers in the place of a handler that has not, and never will.
  func abandon(with response: ServerResponse) {
    guard isOpen, answer == nil else { return }
    answer(.whole(response))
  }

  func wake() { connection?.wake() }

  func onDisconnect(_ handler: @escaping () -> Void) {
    if isOpen { disconnectHandler = handler }
  }

  /// Ends the exchange; both sides may go on holding it.
  func end(_ outcome: Outcome) {
    connection = nil
    let handler = disconnectHandler
    disconnectHandler = nil
    if outcome == .broken { handler?() }
  }

  enum Outcome { case complete, broken }
}
