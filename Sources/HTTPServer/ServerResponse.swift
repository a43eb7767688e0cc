/// A whole response. Content-Length, Date and Connection are the server's business.
package struct ServerResponse: Equatable, Sendable {
  package var status: Int
  /// A header whose name or value HTTP does not allow is left out: a value that came from outside
  /// can never add a line of its own.
  package var headers: [ServerHeader]
  package var body: [UInt8]

  package init(status: Int, headers: [ServerHeader] = [], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// What the server itself answers, as RFC 9457 has it. The texts are constants of this module
  /// without anything that JSON would have to escape.
  static func refusal(_ status: Int, _ title: StaticString, _ detail: String) -> ServerResponse {
    let text =
      #"{"type":"about:blank","title":"\#(title)","status":\#(status),"detail":"\#(detail)"}"#
    return ServerResponse(
      status: status,
      headers: [
        ServerHeader("Content-Type", "application/problem+json"),
        ServerHeader("Connection", "close"),
      ],
      body: Array((text + "\n").utf8))
  }

  static let overloaded = refusal(
    503, "Service Unavailable", "Too many connections are open; close some and try again.")
  static let stopping = refusal(
    503, "Service Unavailable", "The server is stopping; try again in a moment.")
  static let unanswered = refusal(
    500, "Internal Server Error", "The request was dropped without an answer.")

  /// The bytes to write where libmicrohttpd does not hold the connection.
  var wire: [UInt8] {
    var text = "HTTP/1.1 \(status) Refused\r\nContent-Length: \(body.count)\r\n"
    for header in headers { text += "\(header.name): \(header.value)\r\n" }
    return Array((text + "\r\n").utf8) + body
  }
}
