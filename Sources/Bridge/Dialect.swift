import Commands
import JSON

/// How a platform is spoken to: which requests exist and how their answers read.
package struct Dialect: Equatable, Sendable {
  package enum Profile: String, Sendable, CaseIterable {
    /// Genesys Web Services, API v2: login, snapshot and commands over REST.
    case gwsV2 = "gws-v2"
    /// A plain Bayeux server: no login, no REST; what a gap hides stays hidden.
    case bayeux
  }

  package var profile: Profile
  /// `scheme://host[:port]`, sent as `Origin`: the vendor lists it as mandatory.
  package var origin: String
  /// Path of the Bayeux endpoint.
  package var notifications: String
  /// The first is the channel of the calls.
  package var channels: [String]

  package init(profile: Profile, origin: String, notifications: String, channels: [String]) {
    self.profile = profile
    self.origin = origin
    self.notifications = notifications
    self.channels = channels
  }

  /// Longest silence of the platform before a REST request counts as failed; CometD clients use
  /// the same ten seconds for every request that is not held.
  static let restTimeout = Duration.seconds(10)

  static let loginTarget = "/api/v2/me"
  static let snapshotTarget = "/api/v2/me/calls?fields=*"

  static func commandTarget(call: String) -> String { "/api/v2/me/calls/" + percentEncoded(call) }

  static func commandBody(_ operation: Operation) -> [UInt8] {
    JSONWriter.write { $0.object { $0.member("operationName", operation.operationName) } }
  }

  /// How the answer to a login, or to any REST request, is to be taken.
  enum Standing: Equatable {
    case good(JSONValue)
    case notAuthenticated(String)
    case failed(String)
  }

  /// Reads a REST answer: the body decides before the HTTP status, because the platform reports
  /// errors in either (vendor's table of return values).
  static func standing(of answer: Answer) -> Standing {
    switch answer {
    case .failed(let reason, _, _): return .failed(reason)
    case .response(let status, _, let body):
      let json = try? JSONValue.parse(body)
      if let code = json?["statusCode"]?.integer {
        if code == 20 { return .notAuthenticated(describe(status, json)) }
        if code == 0, status == 200, let json { return .good(json) }
        return .failed(describe(status, json))
      }
      if status == 401 || status == 403 { return .notAuthenticated(describe(status, json)) }
      return .failed(describe(status, json))
    }
  }

  /// What the answer to a command says of it.
  static func commandReply(_ answer: Answer) -> PlatformReply {
    switch answer {
    case .failed(let reason, _, _): return .ambiguous(reason: reason)
    case .response(let status, _, let body):
      let json = try? JSONValue.parse(body)
      let text = describe(status, json)
      if let code = json?["statusCode"]?.integer {
        switch code {
        case 0 where status < 400, 9 where status < 400: return .accepted(statusCode: Int(code))
        case 7: return .ambiguous(reason: text)
        case 20: return .notAuthenticated(reason: text)
        default:
          return .rejected(statusCode: Int(code), httpStatus: status, message: text)
        }
      }
      switch status {
      case 401, 403: return .notAuthenticated(reason: text)
      case 400..<500 where status != 408 && status != 429:
        return .rejected(statusCode: nil, httpStatus: status, message: text)
      default: return .ambiguous(reason: text)
      }
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

  private static func describe(_ status: Int, _ json: JSONValue?) -> String {
    var text = "HTTP status \(status)"
    if let code = json?["statusCode"]?.integer { text += ", statusCode \(code)" }
    if let message = json?["statusMessage"]?.string { text += ": \(message.prefix(200))" }
    if json == nil {
      text += ", and the body is not JSON"
    } else if json?["statusCode"] == nil {
      text += ", and the body has no statusCode"
    }
    return text
  }

  /// A header name of RFC 9110 section 5.6.2, of sane length.
  private static func isToken(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 64
      && text.utf8.allSatisfy { byte in
        byte > 0x20 && byte < 0x7F && !"()<>@,;:\\\"/[]?={}".utf8.contains(byte)
      }
  }

  /// RFC 3986 section 2.3: everything but unreserved characters is escaped.
  static func percentEncoded(_ segment: String) -> String {
    var result = ""
    for byte in segment.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"):
        result.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        result += "%" + (digits.utf8.count == 1 ? "0" : "") + digits
      }
    }
    return result
  }
}
