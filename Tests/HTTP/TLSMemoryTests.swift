import HTTP
import Loop
import TestSupport
import Testing

/// A TLS server in a process of its own that holds every request, each in its thread.
private final class HoldingServer {
  let port: String
  /// How many requests were sent to it.
  var askedCount = 0
  private let process: ChildProcess
  private let output: String

  init(_ certificates: Certificates) throws {
    output = "\(certificates.folder)/holding"
    process = try ChildProcess(
      "/usr/bin/env",
      ["python3", "-u", "-c", Self.program, certificates.certificate, certificates.key],
      output: .file(output), errors: .file("\(output)-errors"))
    while !(readText(output) ?? "").contains("\n") { try #require(process.code == nil) }
    port = (readText(output) ?? "").split(separator: "\n").first.map(String.init) ?? ""
  }

  deinit { process.kill() }

  /// Requests that have come and are held.
  var heldCount: Int { (readText(output) ?? "").count { $0 == "." } }

  private static let program = """
    import socket, ssl, sys, threading
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    threading.stack_size(262144)
    listener = socket.create_server(('127.0.0.1', 0), backlog=1000)
    print(listener.getsockname()[1])
    def serve(client):
        with context.wrap_socket(client, server_side=True) as stream:
            stream.recv(65536)
            print('.', end='')
            stream.recv(65536)
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
    """
}

@Suite(.serialized) struct TLSMemoryTests {
  private func residentBytes() -> Int {
    let pages = (readText("/proc/self/statm") ?? "").split(separator: " ").dropFirst().first
    return (pages.flatMap { Int($0) } ?? 0) * 4096
  }

  /// What a connection takes is printed with RECBRIDGE_TLS_CONNECTIONS, for as many connections:
  /// 62 KiB, and 850 where each reads the certificates.
  ///
  /// Mutation tried: the folder of certificates left at Debian's default.
  @Test func `connections share the system's certificates instead of reading them each`() throws {
    let wanted = environmentVariable("RECBRIDGE_TLS_CONNECTIONS").flatMap { Int($0) }
    let count = wanted ?? 20
    try withFolder { folder in
      let certificates = try Certificates(in: folder)
      let bundle = "\(folder)/bundle.pem"
      let system = try #require(readText("/etc/ssl/certs/ca-certificates.crt"))
      try writeText(system + (readText(certificates.authority) ?? ""), to: bundle)
      let server = try HoldingServer(certificates)
      try Scene.run(options: .init(caFile: bundle), script: { _ in [] }) { scene in
        let request = HTTPRequest(
          method: "GET", url: "https://127.0.0.1:\(server.port)/", timeout: .seconds(600))
        var ended = 0
        func hold(_ count: Int) -> Bool {
          while server.askedCount < count {
            scene.client.send(request) { _ in ended += 1 }
            server.askedCount += 1
          }
          return scene.loop.run(
            until: { server.heldCount >= count || ended > 0 }, within: .seconds(200))
            && ended == 0
        }
        #expect(hold(1))
        // Whoever reads it again trusts nobody.
        try writeText("", to: bundle)
        let before = residentBytes()
        #expect(hold(1 + count))
        if wanted != nil { print("\((residentBytes() - before) / count / 1024) KiB for each") }
      }
    }
  }
}
