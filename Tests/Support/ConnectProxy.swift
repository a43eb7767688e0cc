/// A small proxy in a process of its own: tunnels by CONNECT, with Basic credentials if it wants
/// them, and forwards plain requests for everybody. It writes the first line of every CONNECT to a
/// file.
package final class ConnectProxy {
  /// What clients are told, with the port that it picked.
  package let url: String
  private let process: ChildProcess
  private let output: String

  /// - Parameter credentials: `USER:PASSWORD` in base64; nil for a proxy that asks for none.
  package init(in folder: String, credentials: String? = nil) throws {
    output = "\(folder)/proxy"
    process = try ChildProcess(
      "/usr/bin/env", ["python3", "-u", "-c", Self.program, credentials ?? ""],
      output: .file(output), errors: .file("\(folder)/proxy-errors"))
    // It says its port first.
    var lines: [Substring] = []
    while lines.isEmpty {
      if process.code != nil { throw HelperEnded(name: "the proxy", said: "") }
      lines = (readText(output) ?? "").split(separator: "\n").dropLast(0)
      if !(readText(output) ?? "").contains("\n") { lines = [] }
    }
    url = "http://127.0.0.1:\(lines[0])"
  }

  deinit { process.kill() }

  /// What was asked of it, without the first line, which is its port.
  package var requests: [String] {
    (readText(output) ?? "").split(separator: "\n").dropFirst().map(String.init)
  }

  private static let program = """
    import socket, sys, threading
    wanted = sys.argv[1]
    listener = socket.create_server(('127.0.0.1', 0))
    print(listener.getsockname()[1])
    def copy(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
    def serve(client):
        head = b''
        while b'\\r\\n\\r\\n' not in head:
            data = client.recv(65536)
            if not data:
                return client.close()
            head += data
        lines = head.decode().split('\\r\\n')
        method, target, _ = lines[0].split(' ')
        if method != 'CONNECT':
            host, port = target.split('/')[2].rsplit(':', 1)
            server = socket.create_connection((host, int(port)))
            server.sendall(head)
            threading.Thread(target=copy, args=(client, server), daemon=True).start()
            return copy(server, client)
        given = [l.split(' ', 1)[1] for l in lines if l.lower().startswith('proxy-authorization:')]
        print(lines[0])
        # The scheme's case does not matter (RFC 9110, 11.1), and clients differ in it.
        shown = [g.split(' ')[1] for g in given if g.lower().startswith('basic ')]
        if wanted and shown != [wanted]:
            client.sendall(b'HTTP/1.1 407 Proxy Authentication Required\\r\\n'
                b'Proxy-Authenticate: Basic realm="p"\\r\\nContent-Length: 0\\r\\n\\r\\n')
            return client.close()
        host, port = target.rsplit(':', 1)
        try:
            server = socket.create_connection((host.strip('[]'), int(port)))
        except OSError:
            client.sendall(b'HTTP/1.1 502 Bad Gateway\\r\\nContent-Length: 0\\r\\n\\r\\n')
            return client.close()
        client.sendall(b'HTTP/1.1 200 Connection established\\r\\nX-Proxy: yes\\r\\n\\r\\n')
        threading.Thread(target=copy, args=(client, server), daemon=True).start()
        copy(server, client)
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
    """
}
