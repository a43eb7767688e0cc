import Commands
import JSON

extension Dialect {
  /// How the answer to a login, or to a request for the calls, is to be taken.
  enum Standing: Equatable {
    case good(JSONValue)
    /// Taken; what it leads to is still to come.
    case pending
    case notAuthenticated(String)
    case failed(String)

    /// How answers read, as data.
    struct Rules: Equatable, Sendable {
      /// Where the code and the words stand.
      let members: StatusMembers
      let good: Set<Int64>
      let pending: Set<Int64>
      let notAuthenticated: Set<Int64>
      /// HTTP statuses that mean it even when the answer has another code.
      let notAuthenticatedStatuses: Set<Int>
    }
  }

  /// Reads a REST answer: the body decides before the HTTP status, because the platforms report
  /// errors in either.
  func standing(of answer: Answer) -> Standing {
    switch answer {
    case .failed(let reason, _, _): return .failed(reason)
    case .response(let status, _, let body):
      if answer.refusesForgery { return .notAuthenticated(Answer.forgeryReason) }
      let rules = profile.standing
      let json = try? JSONValue.parse(body)
      let text = rules.members.describe(status: status, json)
      guard let code = rules.members.code(in: json), let json else {
        return status == 401 || status == 403 ? .notAuthenticated(text) : .failed(text)
      }
      if rules.notAuthenticated.contains(code) || rules.notAuthenticatedStatuses.contains(status) {
        return .notAuthenticated(text)
      }
      if status == 200 {
        if rules.good.contains(code) { return .good(json) }
        if rules.pending.contains(code) { return .pending }
      }
      return .failed(text)
    }
  }

  /// The pair of the cross-site request forgery protection, when the platform uses it: the name of
  /// the header comes in `X-CSRF-HEADER`, its value in `X-CSRF-TOKEN`.
  static func forgeryProtection(in headers: [Header]) -> Header? {
    guard let name = headers.first("X-CSRF-HEADER"), isToken(name),
      let value = headers.first(name) ?? headers.first("X-CSRF-TOKEN")
    else { return nil }
    return Header(name, value)
  }

  /// A header name of RFC 9110 section 5.6.2, of sane length.
  private static func isToken(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 64
      && text.utf8.allSatisfy { byte in
        byte > 0x20 && byte < 0x7F && !"()<>@,;:\\\"/[]?={}".utf8.contains(byte)
      }
  }
}
