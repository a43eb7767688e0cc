import HTTPServer
import JSON

/// A refusal as RFC 9457 has it: what is wrong with this request, in a form that programs can read.
struct Problem: Error, Equatable {
  /// A URI reference; `about:blank` means that the status says it all (RFC 9457 section 4.2.1).
  var type = "about:blank"
  var status: Int
  var title: String
  var detail: String
  /// Further members, all strings: where a reader may go on, where a body is wrong.
  var members: [Member] = []
  var headers: [ServerHeader] = []

  struct Member: Equatable {
    var name: String
    var value: String
  }

  var response: ServerResponse {
    var body = JSONWriter.write { writer in
      writer.object { writer in
        writer.member("type", self.type)
        writer.member("title", title)
        writer.member("status", status)
        writer.member("detail", detail)
        for member in members { writer.member(member.name, member.value) }
      }
    }
    body.append(UInt8(ascii: "\n"))
    let type = ServerHeader("Content-Type", "application/problem+json")
    return ServerResponse(status: status, headers: [type] + headers, body: body)
  }

  static func badRequest(_ detail: String) -> Problem {
    Problem(status: 400, title: "Bad Request", detail: detail)
  }

  static func notFound(_ detail: String) -> Problem {
    Problem(status: 404, title: "Not Found", detail: detail)
  }

  static func methodNotAllowed(_ method: String, _ allowed: [String]) -> Problem {
    let list = allowed.joined(separator: ", ")
    return Problem(
      status: 405, title: "Method Not Allowed", detail: "\(method) is not possible here: \(list).",
      headers: [ServerHeader("Allow", list)])
  }

  static let forbidden = Problem(
    status: 403, title: "Forbidden",
    detail: "This user may read but not command; the configuration says who may.")

  static let noGroups = Problem(
    status: 403, title: "Forbidden",
    detail: "This user may look at groups but not use them; groups.allow of the configuration says "
      + "who may.")

  /// What needs the store, while it cannot be read or written.
  static func storeUnavailable(_ detail: String) -> Problem {
    Problem(
      type: "urn:recbridge:problem:store-unavailable", status: 503, title: "Store unavailable",
      detail: detail)
  }
}

extension ServerResponse {
  /// A JSON document that is not to be kept by anything in between.
  static func json(_ status: Int, _ body: [UInt8], _ headers: [ServerHeader] = []) -> Self {
    ServerResponse(
      status: status,
      headers: [
        ServerHeader("Content-Type", "application/json"), ServerHeader("Cache-Control", "no-store"),
      ] + headers,
      body: body.last == UInt8(ascii: "\n") ? body : body + [UInt8(ascii: "\n")])
  }
}
