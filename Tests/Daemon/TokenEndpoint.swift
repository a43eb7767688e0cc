import HTTPServer
import Loop

/// A token endpoint that says what it is told to say, and remembers what it was asked.
final class TokenEndpoint {
  /// What it answers; one that is not there holds the request.
  var answer: ((TokenEndpoint) -> ServerResponse)? = { $0.token() }
  private(set) var requests: [ServerRequest] = []
  private(set) var url = ""
  private var server: HTTPServer?
  private var held: [Responder] = []

  init(_ loop: EventLoop) throws {
    let server = try HTTPServer(reactor: loop) { [unowned self] request, responder in
      requests.append(request)
      if let answer { responder.respond(answer(self)) } else { held.append(responder) }
    }
    url = "http://127.0.0.1:\(try server.listen(onTCP: "127.0.0.1", port: 0))/oauth/token"
    self.server = server
  }

  func stop() { server?.stop() }

  /// Answers what was held.
  func release(_ response: ServerResponse) {
    for responder in held { responder.respond(response) }
    held = []
  }

  /// The forms that were posted.
  var forms: [String] { requests.map { String(decoding: $0.body, as: UTF8.self) } }

  /// A token whose number is that of the request.
  func token(lifeSeconds: Int = 3_600) -> ServerResponse {
    .json(
      #"{"access_token":"tok-\#(requests.count)","token_type":"Bearer","#
        + #""expires_in":\#(lifeSeconds)}"#)
  }
}

extension ServerResponse {
  static func json(_ text: String, status: Int = 200, headers: [ServerHeader] = []) -> Self {
    ServerResponse(
      status: status, headers: headers + [ServerHeader("Content-Type", "application/json")],
      body: Array(text.utf8))
  }
}
