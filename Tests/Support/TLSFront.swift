/// What stands in front of a platform and ends TLS, as a load balancer does. It keeps the head of
/// every connection's first request.
package final class TLSFront {
  package let url: String
  private let process: ChildProcess
  private let output: String

  /// - Parameter demandsCertificate: only clients with a certificate of the authority get through.
  package init(
    _ certificates: Certificates, upstream port: UInt16, demandsCertificate: Bool = false
  ) throws {
    output = "\(certificates.folder)/front"
    process = try ChildProcess(
      "/usr/bin/env",
      ["python3", "-u", "-c", Self.program, certificates.certificate, certificates.key, "\(port)"]
        + (demandsCertificate ? [certificates.authority] : []),
      output: .file(output), errors: .file("\(output)-errors"))
    // It says its port first.
    while !(readText(output) ?? "").contains("\n") {
      guard process.code == nil else {
        throw HelperEnded(name: "the front", said: readText("\(output)-errors") ?? "")
      }
    }
    url = "https://127.0.0.1:\((readText(output) ?? "").prefix { $0 != "\n" })"
  }

  deinit { process.kill() }

  /// The first requests' heads, one for each connection, as lists of lines.
  package var heads: [[String]] {
    (readText(output) ?? "").split(separator: "\n").dropFirst().map {
      $0.split(separator: "\u{1}").map(String.init)
    }
  }

  /// Those that ask for a WebSocket.
  package var upgrades: [[String]] {
    heads.filter { $0.contains { $0.lowercased() == "upgrade: websocket" } }
  }

  private static let program = """
    import socket, ssl, sys, threading
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    if len(sys.argv) > 4:
        context.load_verify_locations(sys.argv[4])
        context.verify_mode = ssl.CERT_REQUIRED
    listener = socket.create_server(('127.0.0.1', 0))
    print(listener.getsockname()[1])
    def end(sockets):
        for one in sockets:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
    def copy(source, target, head):
        try:
            while data := source.recv(65536):
                if head is not None:
                    head += data
                    if b'\\r\\n\\r\\n' in head:
                        text = head.split(b'\\r\\n\\r\\n')[0].decode()
                        sys.stdout.write(text.replace('\\r\\n', '\\x01') + '\\n')
                        head = None
                target.sendall(data)
        except OSError:
            pass
        end((source, target))
    def serve(client):
        try:
            client = context.wrap_socket(client, server_side=True)
            server = socket.create_connection(('127.0.0.1', int(sys.argv[3])))
        except OSError:
            return client.close()
        threading.Thread(target=copy, args=(server, client, None), daemon=True).start()
        copy(client, server, b'')
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
    """
}
