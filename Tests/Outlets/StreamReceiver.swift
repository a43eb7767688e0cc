import TestSupport
import Testing

/// A receiver of connections that behaves in one way, well or badly.
final class StreamReceiver {
  enum Manner: String, CaseIterable {
    /// Reads to the end and closes; over TLS with a `close_notify`.
    case reads
    /// The same, but closes TLS without a word.
    case closesSilently
    /// Lets everything come, our end too, reads nothing, says `close_notify`, closes.
    case refuses
    /// Lets everything come, our end too, reads nothing, closes.
    case drops
    /// Ends its side first, reads all but 100,000 of 8,000,000 bytes, and waits.
    case endsFirst
    /// Has room for little, reads nothing, ends its side once our end waits for room, and waits.
    case endsFull
    /// Reads to the end and then talks without end.
    case talks
  }

  let port: UInt16
  private let process: ChildProcess

  /// - Parameter certificates: it speaks TLS with these.
  init(_ manner: Manner, _ certificates: Certificates?, in folder: String) throws {
    let output = "\(folder)/receiver"
    let files = certificates.map { [$0.certificate, $0.key] } ?? []
    process = try ChildProcess(
      "/usr/bin/env", ["python3", "-u", "-c", Self.program, manner.rawValue] + files,
      output: .file(output), errors: .file("\(output)-errors"))
    // It says its port first.
    while !(readText(output) ?? "").contains("\n") {
      guard process.code == nil else {
        throw HelperEnded(name: "the receiver", said: readText("\(output)-errors") ?? "")
      }
    }
    port = try #require(UInt16((readText(output) ?? "").prefix { $0 != "\n" }))
  }

  deinit { process.kill() }

  private static let program = """
    import socket, ssl, sys, threading, time
    manner = sys.argv[1]
    context = None
    if len(sys.argv) > 2:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2], sys.argv[3])
    listener = socket.create_server(('127.0.0.1', 0))
    if manner == 'endsFull':
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    print(listener.getsockname()[1])
    def await_end(client):
        # 8 is TCP_CLOSE_WAIT: the peer's end has arrived.
        while client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] != 8:
            time.sleep(0.005)
    def await_queued_end(client):
        # As the kernel lists our socket; 04 is FIN_WAIT1: its end is sent, or waits to be.
        ours, theirs = ('%04X' % end[1] for end in (client.getpeername(), client.getsockname()))
        while True:
            for line in open('/proc/net/tcp'):
                words = line.split()
                if words[1][-4:] == ours and words[2][-4:] == theirs and words[3] == '04':
                    return
            time.sleep(0.005)
    def serve(client):
        if manner == 'endsFull':
            await_queued_end(client)
            client.shutdown(socket.SHUT_WR)
            return time.sleep(600)
        if manner == 'endsFirst':
            client.shutdown(socket.SHUT_WR)
            left = 7_900_000
            while left > 0:
                left -= len(client.recv(min(left, 65536)))
            return time.sleep(600)
        if context:
            client = context.wrap_socket(client, server_side=True)
        if manner in ('refuses', 'drops'):
            await_end(client)
            if manner == 'refuses':
                client.setblocking(False)
                try:
                    client.unwrap()
                except OSError:
                    pass
        else:
            while client.recv(65536):
                pass
            if manner == 'talks':
                while True:
                    client.send(b'x' * 65536)
            if context and manner == 'reads':
                client = client.unwrap()
        client.close()
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
    """
}
