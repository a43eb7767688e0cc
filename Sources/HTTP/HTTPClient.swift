package import Reactor

/// Moves HTTP exchanges: requests in, answers or failures out, many at a time on one thread.
///
/// Connections are kept and used again, names are looked up once for all, TLS is always verified,
/// redirects are not followed. An exchange that is under way keeps the client alive.
package final class HTTPClient {
  /// What holds for all exchanges of a client.
  package struct Options: Sendable {
    /// The certificates to trust instead of the system's, a PEM file.
    package var caFile: String?
    /// The URL of an HTTP proxy. The proxy that the environment names is never used by itself.
    package var proxy: String?
    /// What curl reads at once, for every exchange under way: see `HTTPLimits`.
    package var receiveBufferBytes = HTTPLimits.receiveBufferBytes

    /// The system's certificates and no proxy.
    package init(caFile: String? = nil, proxy: String? = nil) {
      self.caFile = caFile
      self.proxy = proxy
    }
  }

  let reactor: any Reactor
  let options: Options
  let names: NameCache
  private var multis: [Multi] = []
  private var exchanges: [ObjectIdentifier: HTTPExchange] = [:]
  private var isClosed = false

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
