package import JSON

/// Why a server refused a message: `code:arguments:text` (Bayeux 1.0, section 3.5), or whatever
/// else it wrote.
///
/// Reading cannot fail: text without that form is kept whole, and an error that is not a string is
/// kept as its JSON.
package struct BayeuxError: Equatable, Sendable, CustomStringConvertible {
  /// Nil when the server wrote no three digits in front.
  package let code: Int?
  package let arguments: [String]
  package let text: String
  /// As the server wrote it.
  package let description: String

  package init(_ value: JSONValue) {
    self.init(value.string ?? String(decoding: value.raw, as: UTF8.self))
  }

  package init(_ string: String) {
    description = string
    let parts = string.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
    if parts.count == 3, parts[0].utf8.count == 3, let number = Int(parts[0]), number >= 0 {
      code = number
      arguments = parts[1].isEmpty ? [] : parts[1].split(separator: ",").map(String.init)
      text = String(parts[2])
    } else {
      code = nil
      arguments = []
      text = string
    }
  }

  /// Whether the server says that it has no state for our client id.
  ///
  /// CometD 3 writes `402::Unknown client`, CometD 5 `402::session_unknown`, Faye
  /// `401:ID:Unknown client`, Salesforce `403::Unknown client`. The number alone decides nothing:
  /// Faye also says `402:FIELD:Missing required parameter`.
  package var isUnknownSession: Bool {
    let letters = text.lowercased().filter(\.isLetter)
    if ["unknownclient", "unknownsession", "sessionunknown"].contains(where: letters.contains) {
      return true
    }
    return code == 402 && !letters.contains("missing")
  }

  /// Whether the server wants other credentials before it talks to us.
  package var isAuthentication: Bool { (code == 401 || code == 403) && !isUnknownSession }
}
