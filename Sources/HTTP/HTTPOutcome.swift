/// How an exchange ended.
package enum HTTPOutcome: Sendable, Equatable {
  /// A complete answer, of any status.
  case response(HTTPResponse)
  case failure(HTTPFailure)
}

/// A complete answer.
package struct HTTPResponse: Sendable, Equatable {
  package let status: Int
  /// In the server's order, repeated ones included; interim answers and trailers are left out.
  package let headers: [HTTPHeader]
  /// Decompressed.
  package let body: [UInt8]

  /// The value of the first header of that name, whatever its case.
  package func header(_ name: String) -> String? {
    let wanted = name.lowercased()
    return headers.first { $0.name.lowercased() == wanted }?.value
  }

  /// How long the server asks us to wait (RFC 9110, 10.2.3), in seconds, never negative; a date
  /// counts from the answer's own `Date`, so that our clock does not matter.
  package var retryAfterSeconds: Int64? {
    guard let text = header("Retry-After") else { return nil }
    if let seconds = Int64(text) { return max(0, seconds) }
    guard let until = CurlLibrary.unixSeconds(text),
      let from = header("Date").flatMap(CurlLibrary.unixSeconds)
    else { return nil }
    return max(0, until - from)
  }
}

/// An exchange that did not end in a complete answer: what was tried, where, why it failed and what
/// to do next.
package struct HTTPFailure: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Kind: Sendable, Equatable, CaseIterable {
    /// The host's name has no address, or the look-up took too long.
    case resolve
    /// No connection came about, or it took too long.
    case connect
    /// No trusted TLS connection came about.
    case tls
    /// The server took longer than the request's `timeout` to send anything.
    case timeout
    /// The connection ended before the answer was complete.
    case cut
    /// The answer is larger than the request or `HTTPLimits` allows.
    case tooLarge
    /// The request cannot be sent as it is, or the answer is not HTTP.
    case protocolError
  }

  package let kind: Kind
  /// One sentence for people, without credentials, queries and bodies.
  package let message: String
  /// False only if certainly no byte of the request has left.
  package let requestMayHaveBeenSent: Bool
  /// Of the answer that had begun to arrive.
  package let status: Int?
  /// What had arrived of the body, decompressed.
  package let partialBody: [UInt8]

  package var description: String { message }
}
