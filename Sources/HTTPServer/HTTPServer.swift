import CMicroHTTPD
import Glibc
package import Reactor

/// An HTTP/1.1 server on the loop: on Unix sockets, where every request knows who sent it, and on
/// TCP for the simulator.
///
/// Parsing, keep-alive, pipelining and chunks are libmicrohttpd's. Who may connect, how long a
/// request may take, how a slow reader is treated and how the socket's file comes to be is decided
/// here. Everything happens on the loop thread. A server must be stopped, or dropped, outside of
/// its handler's last use of it; both close everything.
package final class HTTPServer {
  private let engine: Engine
  private(set) var acceptors: [Acceptor] = []

  /// A server that does not listen yet. `handler` is called once per complete request and answers
  /// through the responder, now or later. With `tls` every connection speaks TLS.
  package init(
    reactor: any Reactor, limits: ServerLimits = ServerLimits(), tls: ServerTLS? = nil,
    handler: @escaping (ServerRequest, Responder) -> Void
  ) throws(ServerError) {
    engine = try Engine(reactor: reactor, limits: limits, tls: tls, handler: handler)
  }

  deinit { stop() }

  /// How many connections are open.
  package var connectionCount: Int { engine.connections.count }

  /// Serves a Unix socket at `path`, whose file has `mode` from the moment it exists.
  ///
  /// A socket file that nobody serves is replaced. One that is served, a file that is not a socket,
  /// and a folder everybody may write to (without the sticky bit) are errors; nothing is deleted
  /// then.
  package func listen(onUnixSocket path: String, mode: UInt32 = 0o660) throws(ServerError) {
    let listener = try UnixListener(path: path, mode: mode)
    acceptors.append(
      try Acceptor(listener.descriptor, family: .unix, engine: engine) {
        listener.closeAndRemove()
      })
  }

  /// Serves TCP at a numeric address, or `localhost`; port 0 lets the system choose. Returns the
  /// port.
  ///
  /// With `onUpgrade`, a connection whose first request asks to become a WebSocket (within the
  /// first 16 KiB of its head) is handed over with every byte unread; it is then the receiver's to
  /// close. The head's deadline holds for all.
  package func listen(
    onTCP host: String, port: UInt16, onUpgrade: ((_ descriptor: Int32) -> Void)? = nil
  ) throws(ServerError) -> UInt16 {
    let subject = "\(host):\(port)"
    func failure(
      _ kind: ServerError.Kind, _ cause: String, _ nextStep: String
    ) -> ServerError {
      ServerError(
        kind, operation: "listen on TCP", subject: subject, cause: cause, nextStep: nextStep)
    }
    guard var address = SocketAddress(host: host, port: port) else {
      throw failure(.invalidAddress, "not a numeric address", "write it like 127.0.0.1 or ::1")
    }
    let socket = cmhd_stream_socket(address.family)
    guard socket >= 0 else { throw failure(.system, systemError(), "check the open file limit") }
    var on: Int32 = 1
    // One Int32, and the size says so. Without it a restart has to wait for old connections.
    _ = unsafe setsockopt(
      socket, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
    // The address is valid for its own length in all three calls.
    guard unsafe address.withPointer({ unsafe bind(socket, $0, $1) }) == 0,
      Glibc.listen(socket, ServerLimits.backlog) == 0,
      unsafe address.withMutablePointer({ unsafe getsockname(socket, $0, $1) }) == 0
    else {
      let (code, cause) = (errno, systemError())
      _ = close(socket)
      throw failure(
        code == EADDRINUSE ? .alreadyServed : .system, cause, "choose another port, or 0")
    }
    let acceptor = try Acceptor(socket, family: .tcp, engine: engine) { _ = close(socket) }
    if let onUpgrade { acceptor.openDoor(onUpgrade) }
    acceptors.append(acceptor)
    return address.port
  }

  /// Stops: no new connection, held requests answered 503, streams ended, every connection closed,
  /// the socket's own file removed. Idempotent; a stopped server stays stopped.
  ///
  /// What a peer does not take at once is lost. In a handler, connections close when it returns.
  package func stop() {
    for acceptor in acceptors { acceptor.stop() }
    acceptors = []
    engine.stop()
  }
}
