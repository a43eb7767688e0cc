/// What a WebSocket is opened with.
package struct WebSocketRequest: Sendable {
  /// `ws`, `wss`, or `http` and `https` which mean the same. User and password do not belong in it.
  package var url: String
  /// Sent with the upgrade: Authorization, Cookie, Origin and whatever else the platform wants.
  package var headers: [(name: String, value: String)]
  /// From opening to the end of the upgrade.
  package var timeout: Duration

  package init(
    url: String, headers: [(name: String, value: String)] = [],
    timeout: Duration = WebSocketLimits.openingTime
  ) {
    self.url = url
    self.headers = headers
    self.timeout = timeout
  }

  /// Why this cannot be written as the head of a request, or `nil`. Whoever controls a value must
  /// not be able to add lines to it (RFC 9110, 5.5). Never says the value.
  var defect: String? {
    for header in headers {
      guard !header.name.isEmpty, header.name.utf8.allSatisfy(Self.isTokenByte) else {
        return "a header's name is not a token"
      }
      guard !header.value.utf8.contains(where: { $0 == 0 || $0 == 10 || $0 == 13 }) else {
        return "the value of the header \(header.name) contains a line end or a zero byte"
      }
    }
    return nil
  }

  /// RFC 9110, 5.6.2.
  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"):
      true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }
}
