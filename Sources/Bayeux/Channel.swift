/// The grammar of channel names (Bayeux 1.0, section 2.3).
package enum Channel {
  package static let handshake = "/meta/handshake"
  package static let connect = "/meta/connect"
  package static let subscribe = "/meta/subscribe"
  package static let disconnect = "/meta/disconnect"

  /// Channels of the protocol itself: what comes on them is never a notification.
  package static func isMeta(_ name: String) -> Bool { name.utf8.starts(with: "/meta/".utf8) }

  /// Channels between one client and the server; nothing is broadcast on them.
  package static func isService(_ name: String) -> Bool { name.utf8.starts(with: "/service/".utf8) }

  /// Whether a server can accept this name in a subscription: segments of the characters the
  /// specification allows, with `*` or `**` alone as the last one.
  package static func isValid(_ name: String) -> Bool {
    let segments = segments(of: name)
    guard name.utf8.first == UInt8(ascii: "/"), !segments.isEmpty else { return false }
    if let last = segments.last, last == "*" || last == "**" {
      return segments.dropLast().allSatisfy(isName)
    }
    return segments.allSatisfy(isName)
  }

  /// Whether a message on `name` belongs to the subscription `pattern`: `*` stands for exactly one
  /// further segment, `**` for one or more.
  package static func matches(_ name: String, pattern: String) -> Bool {
    let name = segments(of: name)
    let pattern = segments(of: pattern)
    switch pattern.last {
    case "**": return name.count >= pattern.count && name.starts(with: pattern.dropLast())
    case "*": return name.count == pattern.count && name.starts(with: pattern.dropLast())
    default: return name == pattern
    }
  }

  private static func segments(of name: String) -> [Substring] {
    name.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
  }

  private static func isName(_ segment: Substring) -> Bool {
    !segment.isEmpty
      && segment.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: "-_!~()$@".utf8.contains(byte)
        }
      }
  }
}
