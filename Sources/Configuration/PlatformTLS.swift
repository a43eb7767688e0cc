/// How TLS to the platform is made, whatever library makes it.
package struct PlatformTLS: Equatable, Sendable {
  package enum Version: String, CaseIterable, Sendable {
    case tls12 = "1.2"
    case tls13 = "1.3"
  }

  /// A PEM file of certificates to trust instead of the system's.
  package var certificateAuthority: String?
  /// A PEM file with our own certificate, for servers that ask for one.
  package var certificate: String?
  /// A PEM file with the certificate's key, without a passphrase; nil if it is in the same file.
  package var key: String?
  package var minimum: Version
  /// The name to ask for and to verify, where the URL's host only says where to connect.
  package var serverName: String?
  /// Nothing is verified: whoever is on the way can read and change everything.
  package var isInsecure: Bool

  /// What is left out is verified TLS 1.2 or newer, by the system's certificates.
  package init(
    certificateAuthority: String? = nil, certificate: String? = nil, key: String? = nil,
    minimum: Version = .tls12, serverName: String? = nil, isInsecure: Bool = false
  ) {
    self.certificateAuthority = certificateAuthority
    self.certificate = certificate
    self.key = key
    self.minimum = minimum
    self.serverName = serverName
    self.isInsecure = isInsecure
  }
}

extension Platform {
  /// The base of all addresses as requests, cookies and `Origin` have it: `url`, with the name
  /// that TLS verifies as its host.
  package var requestURL: String {
    guard let name = tls.serverName, let base = try? BaseURL(url) else { return url }
    return base.replacingHost(with: name)
  }

  /// The host or address to connect to when `requestURL` names another; without brackets.
  package var connectHost: String? {
    guard tls.serverName != nil, let host = (try? BaseURL(url))?.host else { return nil }
    return host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
  }
}
