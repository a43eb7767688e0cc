/// One line of a request's or an answer's head.
package struct HTTPHeader: Sendable, Equatable {
  package let name: String
  package let value: String

  package init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// An HTTP proxy: plain requests are sent to it, TLS goes through a tunnel (RFC 9110, 9.3.6).
package struct HTTPProxy: Sendable, Equatable {
  /// `http://HOST:PORT`, without credentials.
  package var url: String
  package var credentials: HTTPCredentials?

  package init(url: String, credentials: HTTPCredentials? = nil) {
    self.url = url
    self.credentials = credentials
  }
}

/// A request to be sent; printing shows its method and where it goes, and no secret.
package struct HTTPRequest: CustomStringConvertible, CustomReflectable {
  /// As it goes out, in capitals: `GET`, `POST`.
  package var method: String
  /// `http:` or `https:`; anything else fails with `protocolError`.
  package var url: String
  package var headers: [HTTPHeader]
  /// `nil` sends none; for `POST` and `PUT` that is an empty one.
  package var body: [UInt8]?
  package var credentials: HTTPCredentials?
  /// Where cookies are taken from and stored to; without one they are ignored.
  package var jar: CookieJar?
  /// The longest wait without progress: from sending until the first byte of the answer, and from
  /// then on between any two bytes. Connecting has its own limit, `HTTPLimits.connectTime`.
  package var timeout: Duration
  /// The longest time from sending to the end of the answer, however steadily bytes arrive: a
  /// server that sends one byte now and then must not hold an exchange for ever.
  package var totalTimeout: Duration
  /// Beyond it, counted after decompression, the request fails with `tooLarge`.
  package var maxBodyBytes: Int
  /// Connects to this socket instead of the host that the URL names.
  package var unixSocketPath: String?
  /// Connects to this host or address, on the URL's port, instead of the host that the URL names.
  /// `Host`, cookies and the certificate's name stay those of the URL.
  package var connectHost: String?
  /// Messages name no more of the URL than where it leads: whoever knows its path may use it.
  package var isPathSecret = false
  /// The proxy to go through. One that the environment names is never used by itself.
  package var proxy: HTTPProxy?

  /// Takes the body of a successful answer piece by piece, as it comes; it is then not part of the
  /// outcome. Called inside a call of curl: it must neither send nor cancel anything.
  package var onBody: (([UInt8]) -> Void)?

  /// A request without credentials, cookies or a socket of its own; set those afterwards.
  package init(
    method: String, url: String, headers: [HTTPHeader] = [], body: [UInt8]? = nil,
    timeout: Duration
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.timeout = timeout
    totalTimeout = HTTPLimits.exchangeTime
    maxBodyBytes = HTTPLimits.bodyBytes
  }

  package var description: String {
    "\(method) \(isPathSecret ? HTTPTarget.origin(url) : HTTPTarget.withoutSecrets(url))"
  }
  package var customMirror: Mirror { Mirror(self, children: ["request": description]) }
}

extension HTTPRequest {
  /// Why this cannot be written as an HTTP message, or `nil`. Whoever controls a value must not be
  /// able to add lines to the head (RFC 9110, 5.5).
  var defect: String? {
    guard !method.isEmpty, method.utf8.allSatisfy(Self.isTokenByte) else {
      return "the method is not a token"
    }
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

  /// Whether sending it twice is the same as sending it once (RFC 9110, 9.2.1: safe methods).
  var mayBeRepeated: Bool { ["GET", "HEAD", "OPTIONS"].contains(method) }

  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"):
      true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }
}
