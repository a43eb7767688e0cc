/// What all sockets of a client have in common; they share one TLS context.
package struct WebSocketOptions: Sendable {
  package enum MinimumTLS: Sendable { case tls12, tls13 }

  /// An HTTP proxy that is asked to connect (CONNECT).
  package struct Proxy: Sendable {
    package var host: String
    package var port: UInt16
    /// With Basic authentication if both are given.
    package var user: String?
    package var password: String?

    package init(host: String, port: UInt16, user: String? = nil, password: String? = nil) {
      self.host = host
      self.port = port
      self.user = user
      self.password = password
    }

    /// As libwebsockets wants it, with `address` in place of the name.
    func text(_ address: String) -> String {
      let place = address.contains(":") ? "[\(address)]" : address
      guard let user, let password else { return "\(place):\(port)" }
      return "\(user):\(password)@\(place):\(port)"
    }
  }

  /// The certificates to trust instead of the system's, a PEM file.
  package var caFile: String?
  /// The client's certificate and its key, PEM files; both or none.
  package var certificateFile: String?
  package var keyFile: String?
  package var minimumTLS = MinimumTLS.tls12
  /// The name that the certificate must be for, also told to the server (SNI, Host), instead of
  /// the URL's.
  package var serverName: String?
  /// Takes any certificate. Whoever is in between reads everything.
  package var isInsecure = false
  /// The proxy that the environment names is never used by itself.
  package var proxy: Proxy?
  /// A longer message ends the socket as broken.
  package var messageBytes = WebSocketLimits.messageBytes
  package var pingInterval: Duration = WebSocketLimits.pingInterval
  package var pongTime: Duration = WebSocketLimits.pongTime

  package init() {}
}
