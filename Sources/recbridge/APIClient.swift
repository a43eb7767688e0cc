import HTTP
import JSON
import Loop
import Reactor

/// A request to the daemon.
struct APIRequest {
  var method = "GET"
  /// Beginning with a slash; its variable parts are already percent-encoded.
  let path: String
  var query: [(name: String, value: String)] = []
  var headers: [HTTPHeader] = []
  var body: [UInt8]?
  /// How long the daemon may hold the answer back because it was asked to wait.
  var wait: Duration = .zero

  var target: String {
    let pairs = query.map { "\($0.name)=\(Self.encoded($0.value))" }
    return pairs.isEmpty ? path : "\(path)?\(pairs.joined(separator: "&"))"
  }

  /// `text` as one part of a path or one value of a query (RFC 3986, section 2.3).
  static func encoded(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF")
    return text.utf8.reduce(into: "") { encoded, byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"):
        encoded.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        encoded += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
      }
    }
  }
}

/// Asks the daemon over its Unix socket, one request at a time, and waits for each answer.
final class APIClient {
  let socket: String
  private let loop: EventLoop
  private let http: HTTPClient

  /// The daemon answers at once unless asked to wait; 10 s is a machine in trouble.
  private static let replyMax: Duration = .seconds(10)

  init(socket: String) throws(APIError) {
    self.socket = socket
    do throws(ReactorError) {
      loop = try EventLoop()
    } catch {
      throw .failed(error.description)
    }
    http = HTTPClient(reactor: loop)
  }

  deinit {
    http.close()
    loop.close()
  }

  /// Time since an epoch of the machine's choosing.
  var now: Duration { loop.now }

  /// Lets `duration` pass.
  func pause(_ duration: Duration) {
    var isOver = false
    let timer = loop.makeTimer { [loop] in
      isOver = true
      loop.stop()
    }
    timer.start(after: duration)
    // An open stream stops the loop as well, for each piece that comes.
    while !isOver { loop.run() }
    timer.cancel()
  }

  /// The body of the answer to `request`, which succeeded; anything else is thrown.
  func send(_ request: APIRequest) throws(APIError) -> [UInt8] {
    let message = message(request)
    var outcome: HTTPOutcome?
    http.send(message) { [loop] ended in
      outcome = ended
      loop.stop()
    }
    while true {
      switch outcome {
      // An open stream stops the loop as well, for each piece that comes.
      case nil: loop.run()
      case .response(let response) where (200..<300).contains(response.status):
        return response.body
      case .response(let response): throw APIError(response)
      case .failure(let failure): throw APIError(failure, socket: socket)
      }
    }
  }

  /// The answer to `request`, which has no end.
  func open(_ request: APIRequest) -> LineStream {
    LineStream(message(request), socket: socket, http: http, loop: loop)
  }

  private func message(_ request: APIRequest) -> HTTPRequest {
    var message = HTTPRequest(
      method: request.method, url: "http://localhost\(request.target)",
      headers: [HTTPHeader("Accept", "application/json, application/x-ndjson")] + request.headers,
      body: request.body, timeout: Self.replyMax + request.wait)
    if request.body != nil {
      message.headers.append(HTTPHeader("Content-Type", "application/json"))
    }
    message.unixSocketPath = socket
    return message
  }

  /// The answer to `request` as JSON.
  func json(_ request: APIRequest) throws(APIError) -> JSONValue {
    let body = try send(request)
    do throws(JSONError) {
      return try JSONValue.parse(body)
    } catch {
      throw .notUnderstood("\(request.path) is \(error)")
    }
  }
}

/// Why the daemon did not do what it was asked.
enum APIError: Error {
  /// Nobody answers at the socket.
  case unreachable(String)
  /// The daemon refused, and said why (RFC 9457).
  case refused(status: Int, reason: String)
  /// An answer began, or was awaited, and did not come to its end.
  case failed(String)
  /// The answer is not one of this version's.
  case notUnderstood(String)

  init(_ response: HTTPResponse) {
    let problem = try? JSONValue.parse(response.body)
    let parts = [problem?["title"]?.string, problem?["detail"]?.string].compactMap { $0 }
    let oldest = problem?["oldest"]?.string.map { " (oldest: \($0))" } ?? ""
    let reason =
      parts.isEmpty
      ? "the daemon answered \(response.status)" : parts.joined(separator: ": ") + oldest
    self = .refused(status: response.status, reason: Printable.text(reason))
  }

  init(_ failure: HTTPFailure, socket: String) {
    self =
      failure.kind == .connect
      ? .unreachable(SocketPath.problem(socket) ?? failure.message) : .failed(failure.message)
  }

  /// Whether the same request may succeed later: the daemon is away, or cannot serve now.
  var mayPass: Bool {
    switch self {
    case .unreachable, .failed: true
    case .refused(let status, _): status == 503
    case .notUnderstood: false
    }
  }

  /// Whether somebody took the request and went away, as a daemon does that is restarted.
  var isBroken: Bool {
    if case .failed = self { true } else { false }
  }

  /// Says what went wrong on standard error; the exit code that scripts tell it by.
  func report(socket: String) -> ExitCode {
    switch self {
    case .unreachable(let cause):
      Terminal.complain(
        "recbridge: no daemon at \(socket): \(cause); start it, or name its socket with --socket")
      return .unavailable
    case .refused(let status, let reason):
      Terminal.complain("recbridge: \(reason)")
      return status == 400 ? .badInput : status == 503 ? .unavailable : .failure
    case .failed(let reason):
      Terminal.complain("recbridge: \(reason)")
      return .failure
    case .notUnderstood(let reason):
      Terminal.complain("recbridge: the daemon's answer was not understood: \(reason)")
      return .failure
    }
  }
}
