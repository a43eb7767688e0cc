import HTTPServer
import JSON

/// What became of a request to erase a call's personal data.
package enum ErasureReply: Equatable, Sendable {
  /// It is on record, as this event, and goes on by itself: 202.
  case begun(sequence: Int64)
  /// Nothing is erased.
  case refused(status: Int, title: String, detail: String)
  /// Nothing is erased, because the store cannot be written: 503.
  case unavailable(detail: String)
}

/// Erasures and what the daemon tells of itself in numbers.
extension API {
  func erase(_ request: ServerRequest, _ responder: Responder) throws(Problem) {
    guard access.mayCommand(request.peer) else { throw .forbidden }
    _ = try Parameters(request, allowed: [])
    let body = try JSONValue.words(["call", "why"], of: request.body)
    let (call, why) = (body["call"] ?? "", try Self.reason(body["why"] ?? ""))
    guard (1...APILimits.wordSizeMaxBytes).contains(call.utf8.count) else {
      throw .badRequest("call has 1 to \(APILimits.wordSizeMaxBytes) bytes.")
    }
    backend.erase(call, why: why, by: request.peer) { [weak self] reply in
      guard let self else { return }
      switch reply {
      case .begun(let sequence):
        let cursor = Cursor(store: backend.storeIdentity, sequence: sequence).text
        let document = JSONWriter.write { writer in
          writer.object { writer in
            writer.member("call", call)
            writer.member("began", cursor)
          }
        }
        responder.respond(.json(202, document))
      case .unavailable(let detail): responder.respond(Problem.storeUnavailable(detail).response)
      case .refused(let status, let title, let detail):
        responder.respond(Problem(status: status, title: title, detail: detail).response)
      }
    }
  }

  func metrics() throws(Problem) -> ServerResponse {
    let text: String
    do {
      text = try backend.metrics()
    } catch {
      throw .storeUnavailable(Self.detail(error))
    }
    let type = ServerHeader("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
    return ServerResponse(status: 200, headers: [type], body: Array(text.utf8))
  }
}

extension JSONValue {
  /// The texts that a request's body has, each of these once and no other.
  static func words(_ names: [String], of body: [UInt8]) throws(Problem) -> [String: String] {
    var words: [String: String] = [:]
    for member in try JSONValue.body(body).members {
      guard names.contains(member.name) else {
        let known = names.joined(separator: ", ")
        throw .badRequest("There is no member \(member.name); known: \(known).")
      }
      guard let word = member.value.string else { throw .badRequest("\(member.name) is a string.") }
      guard words.updateValue(word, forKey: member.name) == nil else {
        throw .badRequest("\(member.name) may be given once.")
      }
    }
    for name in names where words[name] == nil { throw .badRequest("\(name) is missing.") }
    return words
  }
}
