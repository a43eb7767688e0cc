package import Reactor

/// Moves HTTP exchanges: requests in, answers or failures out, many at a time on one thread.
///
/// Connections are kept and used again, names are looked up once for all, TLS is verified unless
/// the options say otherwise, redirects are not followed. An exchange that is under way keeps the
/// client alive.
package final class HTTPClient {
  /// What holds for all exchanges of a client.
  package struct Options: Sendable {
    /// The certificates to trust instead of the system's, a PEM file.
    package var caFile: String?
    /// Our own certificate, shown to servers that ask for one, a PEM file.
    package var certificateFile: String?
    /// The certificate's key, a PEM file without a passphrase; `nil` if it is in the same file.
    package var keyFile: String?
    package var minimumTLS: TLSVersion
    /// Takes any certificate for any name: whoever is on the way can read and change everything.
    package var acceptsAnyCertificate: Bool
    /// What curl reads at once, for every exchange under way: see `HTTPLimits`.
    package var receiveBufferBytes = HTTPLimits.receiveBufferBytes

    /// The system's certificates, none of our own, at least TLS 1.2.
    package init(
      caFile: String? = nil, certificateFile: String? = nil, keyFile: String? = nil,
      minimumTLS: TLSVersion = .tls12, acceptsAnyCertificate: Bool = false
    ) {
      self.caFile = caFile
      self.certificateFile = certificateFile
      self.keyFile = keyFile
      self.minimumTLS = minimumTLS
      self.acceptsAnyCertificate = acceptsAnyCertificate
    }
  }

  /// The versions of TLS that a client may insist on; what is older is broken (RFC 8996).
  package enum TLSVersion: Sendable { case tls12, tls13 }

  let reactor: any Reactor
  let options: Options
  let names: NameCache
  private var multis: [Multi] = []
  private var exchanges: [ObjectIdentifier: HTTPExchange] = [:]
  private var isClosed = false
  /// When an answer was last awaited in vain.
  private var silentAt: Duration?

  /// A client without connections.
  package init(reactor: any Reactor, options: Options = Options()) {
    self.reactor = reactor
    self.options = options
    names = NameCache(reactor: reactor)
    CurlLibrary.start()
  }

  deinit { close() }

  /// Sends `request`; `completion` gets how it ended, once, on the loop, never before this returns.
  ///
  /// After `close()` nothing is sent and nobody called.
  @discardableResult
  package func send(
    _ request: HTTPRequest, completion: @escaping (HTTPOutcome) -> Void
  ) -> HTTPExchange {
    let exchange = HTTPExchange(request, client: self, completion: completion)
    if isClosed {
      exchange.cancel()
    } else {
      exchanges[ObjectIdentifier(exchange)] = exchange
      exchange.begin()
    }
    return exchange
  }

  /// Cancels all exchanges and closes all connections; no completion is called after this.
  /// Idempotent.
  package func close() {
    isClosed = true
    for exchange in exchanges.values { exchange.cancel() }
    for multi in multis { multi.close() }
    multis = []
  }

  /// How many exchanges have neither ended nor been cancelled.
  package var exchangeCount: Int { exchanges.count }

  /// An answer did not come in time. Whatever broke that connection without a word, a dead router
  /// or a changed network, broke the idle ones too, and each would cost its request a timeout.
  func awaitedInVain() { silentAt = reactor.now }

  /// How long a connection may have been idle to be used again: not since before the last silence.
  /// In whole seconds, as curl counts; nil while there is nothing against any.
  var idleSecondsMax: Int? {
    guard let silentAt else { return nil }
    let seconds = Int((reactor.now - silentAt) / .seconds(1))
    return seconds < HTTPLimits.idleSeconds ? seconds : nil
  }

  /// The first multi with room. Filled in this order, exchanges come back to where connections of
  /// exchanges like them wait to be used again.
  func multiWithRoom() -> Multi {
    if let multi = multis.first(where: { $0.count < HTTPLimits.exchangesPerMulti }) { return multi }
    let multi = Multi(reactor: reactor)
    multis.append(multi)
    return multi
  }

  func ended(_ exchange: HTTPExchange) {
    exchanges[ObjectIdentifier(exchange)] = nil
  }
}
