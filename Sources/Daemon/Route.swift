import Configuration
import HTTP
import Reactor

/// The way to the platform and to token endpoints: one client with the site's TLS, the proxy that
/// is meant for each address, and the name that TLS verifies.
final class Route {
  let reactor: any Reactor
  private let client: HTTPClient
  private let proxy: ProxySetting?
  private let secrets: SecretFiles
  private let base: String
  private let connectHost: String?

  /// - Parameter savesMemory: thousands of polls will wait at once.
  init(
    _ platform: Platform, reactor: any Reactor, secrets: SecretFiles, savesMemory: Bool
  ) {
    self.reactor = reactor
    self.secrets = secrets
    var options = HTTPClient.Options(platform.tls)
    if savesMemory { options.receiveBufferBytes = HTTPLimits.smallReceiveBufferBytes }
    client = HTTPClient(reactor: reactor, options: options)
    proxy = platform.proxy
    base = platform.requestURL
    connectHost = platform.connectHost
  }

  @discardableResult
  func send(
    _ request: HTTPRequest, completion: @escaping (HTTPOutcome) -> Void
  ) -> HTTPExchange {
    var request = request
    if request.url == base || request.url.hasPrefix(base + "/") {
      request.connectHost = connectHost
    }
    if let proxy = proxy?.proxy(for: request.url) {
      request.proxy = HTTPProxy(
        url: proxy.url,
        credentials: proxy.login.map {
          HTTPCredentials(user: $0.user, password: secrets.text(of: $0.password))
        })
    }
    return client.send(request, completion: completion)
  }

  var proxyLogins: [Login] { [proxy?.plain, proxy?.secure].compactMap { $0?.login } }

  /// What a proxy was sent and may quote, in the forms in which it travels.
  var hidden: [String] {
    proxyLogins.flatMap { login in
      let password = secrets.text(of: login.password)
      return [password, HTTPCredentials(user: login.user, password: password).encoded]
    }
  }

  func close() { client.close() }
}

extension HTTPClient.Options {
  init(_ tls: PlatformTLS) {
    self.init(
      caFile: tls.certificateAuthority, certificateFile: tls.certificate, keyFile: tls.key,
      minimumTLS: tls.minimum == .tls13 ? .tls13 : .tls12,
      acceptsAnyCertificate: tls.isInsecure)
  }
}
