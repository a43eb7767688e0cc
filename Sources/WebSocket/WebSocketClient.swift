import CWebSockets
package import Reactor

/// Opens WebSockets (RFC 6455) that have options in common.
///
/// No compression is offered: with permessage-deflate (RFC 7692) libwebsockets 4.1.6 never comes
/// back from a pong with a payload, and aborts over messages of some lengths; any server may send
/// either.
///
/// Wraps libwebsockets 4.1 on our own libuv loop. Everything happens on the loop thread, and every
/// event is told from the loop, never from inside `open`. The owner ends it with `close()`, before
/// the loop is closed, and is trapped if it forgets.
package final class WebSocketClient {
  let reactor: any Reactor
  private(set) var options: WebSocketOptions
  let names: NameCache
  let context: Context
  private var connections: [ObjectIdentifier: WebSocketConnection] = [:]

  /// `nativeLoop` is the `uv_loop_t *` that `reactor` runs. Throws if a TLS file cannot be used.
  package init(
    reactor: any Reactor, nativeLoop: UnsafeMutableRawPointer, options: WebSocketOptions = .init()
  ) throws(WebSocketError) {
    self.reactor = reactor
    self.options = options
    names = NameCache(reactor: reactor)
    for file in [options.caFile, options.certificateFile, options.keyFile] {
      try Context.checkReadable(file)
    }
    context = try unsafe Context(reactor: reactor, nativeLoop: nativeLoop) { context, info in
      // The texts live as long as the context.
      unsafe info.port = cws_client_only
      if let file = options.caFile {
        unsafe info.options |= cws_no_system_certificates
        unsafe info.client_ssl_ca_filepath = UnsafePointer(context.text(file))
      }
      if let file = options.certificateFile {
        unsafe info.client_ssl_cert_filepath = UnsafePointer(context.text(file))
      }
      if let file = options.keyFile {
        unsafe info.client_ssl_private_key_filepath = UnsafePointer(context.text(file))
      }
      unsafe info.ssl_client_options_set =
        options.minimumTLS == .tls13 ? cws_from_tls13 : cws_from_tls12
    }
  }

  /// What openings from now on go through: the password of a proxy may have been changed.
  package func use(_ proxy: WebSocketOptions.Proxy?) { options.proxy = proxy }

  /// Sockets that have not told their end yet.
  package var connectionCount: Int { connections.count }

  /// Opens a WebSocket; `onEvent` is told what happens to it, from the next turn of the loop until
  /// its `closed` or until `close()` of the connection. It may open and close sockets itself.
  package func open(
    _ request: WebSocketRequest, onEvent: @escaping (WebSocketEvent) -> Void
  ) -> WebSocketConnection {
    precondition(!context.isClosed, "a closed WebSocketClient was asked to open a socket")
    let connection = WebSocketConnection(request, client: self, onEvent: onEvent)
    connections[ObjectIdentifier(connection)] = connection
    connection.start()
    return connection
  }

  func ended(_ connection: WebSocketConnection) {
    connections[ObjectIdentifier(connection)] = nil
  }

  /// Ends every socket without another word to anybody. Idempotent. Not to be called from inside
  /// `onEvent`.
  package func close() {
    for connection in connections.values { connection.abandon() }
    connections.removeAll()
    context.close()
  }
}
