/// A server's certificate and its key, for TLS through the GnuTLS that libmicrohttpd is built with.
///
/// With TLS a client that closes without waiting for its answer is found by the next write: what it
/// sends last cannot be told from a further request.
package struct ServerTLS: Sendable, Equatable {
  /// The certificate, followed by those of its issuers, in PEM.
  package var certificate: String
  /// Its private key in PEM, without a passphrase.
  package var key: String

  package init(certificate: String, key: String) {
    self.certificate = certificate
    self.key = key
  }
}
