import HTTPServer
import JSON

/// The worklist: what is on it, and what an operator says of it.
extension API {
  func exceptions(_ request: ServerRequest, _ responder: Responder) throws(Problem) {
    let parameters = try Parameters(request, allowed: ["acknowledged"])
    let isAll = try parameters.flag("acknowledged")
    let document: [UInt8]
    do {
      document = try backend.exceptions(withAcknowledged: isAll)
    } catch {
      throw .storeUnavailable(Self.detail(error))
    }
    responder.respond(.json(200, document))
  }

  func acknowledge(_ request: ServerRequest, _ responder: Responder) throws(Problem) {
    guard access.mayCommand(request.peer) else { throw .forbidden }
    _ = try Parameters(request, allowed: [])
    let why = try Self.why(request.body)
    let id = request.target.segments[2]
    backend.acknowledge(id, why: why, by: request.peer) { reply in
      switch reply {
      case .issued(_, let command), .known(_, let command):
        responder.respond(.json(200, command.json))
      case .unavailable(let detail): responder.respond(Problem.storeUnavailable(detail).response)
      case .refused(let status, let title, let detail):
        responder.respond(Problem(status: status, title: title, detail: detail).response)
      }
    }
  }

  /// The one member of the body, which must say something.
  private static func why(_ body: [UInt8]) throws(Problem) -> String {
    try reason(try JSONValue.onlyWord("why", of: body))
  }

  /// Why somebody does what cannot be undone: it must say something.
  static func reason(_ text: String) throws(Problem) -> String {
    guard text.contains(where: { !$0.isWhitespace }), text.utf8.count <= APILimits.whySizeMaxBytes
    else {
      throw .badRequest(
        "why has 1 to \(APILimits.whySizeMaxBytes) bytes, and not only blanks.")
    }
    return text
  }
}
