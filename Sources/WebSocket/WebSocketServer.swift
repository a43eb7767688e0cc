import CWebSockets
package import Reactor

/// Serves WebSockets on connections that somebody else has accepted.
///
/// Wraps libwebsockets 4.1 on our own libuv loop, like `WebSocketClient`; everything happens on the
/// loop thread. The owner ends it with `close()` before the loop is closed.
package final class WebSocketServer {
  /// What all of a server's sockets have in common.
  package struct Options: Sendable {
    /// A longer message ends the socket with code 1009.
    package var messageBytes = WebSocketLimits.messageBytes
    /// What may wait for one peer to take it.
    package var queueBytes = WebSocketLimits.serverQueueBytes
    /// Lowercase names of headers to look for beside those that libwebsockets knows.
    package var headerNames: [String] = []
    /// With both (PEM files) every connection speaks TLS.
    package var certificateFile: String?
    package var keyFile: String?

    package init() {}
  }

  private let context: Context
  private let options: Options

  /// `nativeLoop` is the `uv_loop_t *` that `reactor` runs. Throws if a TLS file cannot be used.
  package init(
    reactor: any Reactor, nativeLoop: UnsafeMutableRawPointer, options: Options = Options()
  ) throws(WebSocketError) {
    self.options = options
    for file in [options.certificateFile, options.keyFile] { try Context.checkReadable(file) }
    context = try unsafe Context(reactor: reactor, nativeLoop: nativeLoop) { context, info in
      // The texts live as long as the context.
      unsafe info.port = cws_no_listener
      if let certificate = options.certificateFile, let key = options.keyFile {
        unsafe info.ssl_cert_filepath = UnsafePointer(context.text(certificate))
        unsafe info.ssl_private_key_filepath = UnsafePointer(context.text(key))
      }
    }
  }

  /// Connections that are not gone yet.
  package var connectionCount: Int { context.socketCount }

  /// Takes over a connected, non-blocking descriptor whose first unread bytes are an upgrade
  /// request; it is closed with the socket.
  ///
  /// `onUpgrade` is asked once, when the request is there; a connection that sends another request,
  /// or none in time, is closed. `onEvent` is told what happens then, until `closed` or `drop()`.
  @discardableResult
  package func adopt(
    _ descriptor: Int32, onUpgrade: @escaping (WebSocketUpgrade) -> WebSocketVerdict,
    onEvent: @escaping (WebSocketPeer, WebSocketPeerEvent) -> Void
  ) -> WebSocketPeer {
    precondition(!context.isClosed, "a closed WebSocketServer was given a connection")
    let socket = ServerSocket(
      context: context, options: options, onUpgrade: onUpgrade, onEvent: onEvent)
    let peer = WebSocketPeer(socket)
    socket.peer = peer
    socket.adopt(descriptor: descriptor)
    return peer
  }

  /// Ends every socket without another word. Idempotent. Not to be called from inside a handler.
  package func close() { context.close() }
}

/// One WebSocket of a server.
package final class WebSocketPeer {
  private let socket: ServerSocket

  init(_ socket: ServerSocket) { self.socket = socket }

  /// Queues one text message; false if it was dropped, because the socket has ended or more than
  /// the server's `queueBytes` would wait.
  @discardableResult
  package func send(_ text: [UInt8]) -> Bool { socket.isEstablished && socket.queue(text) }

  /// Bytes of messages that are not handed to the kernel yet.
  package var queuedBytes: Int { socket.queuedBytes }

  /// Sends what is queued, then a close frame with this code, and ends; `closed` is told when the
  /// connection is gone.
  package func close(code: UInt16) { socket.close(code: code) }

  /// Reads and writes nothing any more, pongs included, and leaves the connection open: what a
  /// client sees of a machine that has vanished. It ends with `drop()` or with the server.
  package func silence() { socket.silence() }

  /// Ends the connection with a TCP reset, at once. Nothing is told after this.
  package func drop() {
    socket.letGo()
    socket.reset()
  }
}
