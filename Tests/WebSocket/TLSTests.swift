import Loop
import TestSupport
import Testing

@testable import WebSocket

/// TLS and proxies, against our own server with certificates made for the test.
@Suite struct TLSTests {
  /// A folder with a self-signed certificate for `name` and its key.
  private func withCertificate(
    _ name: String, _ body: (_ certificate: String, _ key: String) throws -> Void
  ) throws {
    try withFolder { folder in
      let (certificate, key) = ("\(folder)/cert.pem", "\(folder)/key.pem")
      let made = try ChildProcess(
        "/usr/bin/openssl",
        [
          "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
          "-days", "2", "-subj", "/CN=test", "-addext", "subjectAltName=\(name)", "-keyout", key,
          "-out", certificate,
        ], output: .file("/dev/null"), errors: .file("/dev/null"))
      #expect(made.wait() == 0)
      try body(certificate, key)
    }
  }

  private func opens(
    _ server: WebSocketServer.Options, _ adjust: (inout WebSocketOptions) -> Void
  ) throws -> WebSocketClose? {
    var client = WebSocketOptions()
    adjust(&client)
    var close: WebSocketClose?
    try ServerScene.run(client: client, server: server) { scene throws in
      scene.onEvent = { peer, event in
        if case .message(let text) = event { peer.send(text) }
      }
      let record = scene.begin(scheme: "wss")
      #expect(scene.loop.run { record.isOpen || record.close != nil })
      close = record.close
      guard close == nil else { return }
      let text = [UInt8](repeating: 0x61, count: 500_000)
      record.connection?.send(text)
      #expect(scene.loop.run { record.messages == [text] })
    }
    return close
  }

  @Test func `only a certificate that is trusted and for the host is taken, unless told otherwise`()
    throws
  {
    try withCertificate("IP:127.0.0.1") { certificate, key throws in
      var server = WebSocketServer.Options()
      (server.certificateFile, server.keyFile) = (certificate, key)
      #expect(try opens(server) { $0.caFile = certificate } == nil)
      #expect(try opens(server) { _ in }?.kind == .unreachable)
      #expect(try opens(server) { $0.isInsecure = true } == nil)
      let other = try opens(server) {
        $0.caFile = certificate
        $0.serverName = "gws.example"
      }
      #expect(other?.kind == .unreachable)
      #expect(
        try opens(server) {
          $0.caFile = certificate
          $0.minimumTLS = .tls13
        } == nil)
    }
    for (name, isGood) in [("IP:127.0.0.2", false), ("DNS:gws.example", true)] {
      try withCertificate(name) { certificate, key throws in
        var server = WebSocketServer.Options()
        (server.certificateFile, server.keyFile) = (certificate, key)
        let unnamed = try opens(server) { $0.caFile = certificate }
        #expect(unnamed?.kind == .unreachable)
        let named = try opens(server) {
          $0.caFile = certificate
          $0.serverName = "gws.example"
        }
        #expect((named == nil) == isGood)
      }
    }
  }

  /// libwebsockets numbers what it keeps with a connection anew for each client that sets TLS up.
  @Test func `a handshake goes on while other clients begin and end`() throws {
    try withCertificate("IP:127.0.0.1") { certificate, key throws in
      var server = WebSocketServer.Options()
      (server.certificateFile, server.keyFile) = (certificate, key)
      var options = WebSocketOptions()
      options.caFile = certificate
      try ServerScene.run(client: options, server: server) { scene throws in
        var others = 0
        scene.onFirstBytes = {
          let other = try? unsafe WebSocketClient(
            reactor: scene.loop, nativeLoop: scene.loop.nativeLoop, options: options)
          if other != nil { others += 1 }
          other?.close()
        }
        let record = scene.begin(scheme: "wss")
        #expect(scene.loop.run { record.isOpen || record.close != nil })
        #expect(record.isOpen, "\(record.events)")
        #expect(others == 1)
      }
    }
  }

  @Test func `what is wrong with a certificate is told`() throws {
    try withCertificate("IP:127.0.0.2") { certificate, key throws in
      var server = WebSocketServer.Options()
      (server.certificateFile, server.keyFile) = (certificate, key)
      let unknown = try opens(server) { _ in }
      #expect(
        unknown?.reason == "the server's certificate is not trusted: self-signed certificate")
      let other = try opens(server) { $0.caFile = certificate }
      #expect(other?.reason == "the server's certificate is not trusted: IP address mismatch")
    }
  }

  @Test(arguments: [true, false])
  func `a server that demands a certificate lets us through with ours alone`(
    hasCertificate: Bool
  ) throws {
    try withFolder { folder in
      let certificates = try Certificates(in: folder)
      var options = WebSocketOptions()
      options.caFile = certificates.authority
      if hasCertificate {
        options.certificateFile = certificates.clientCertificate
        options.keyFile = certificates.clientKey
      }
      try ServerScene.run(client: options) { scene throws in
        let front = try TLSFront(certificates, upstream: scene.port, demandsCertificate: true)
        let record = Record()
        record.connection = scene.client.open(
          WebSocketRequest(url: front.url, timeout: .seconds(20))
        ) { record.tell($0) }
        #expect(scene.loop.run { record.isOpen || record.close != nil })
        #expect(record.isOpen == hasCertificate, "\(record.events)")
        #expect(hasCertificate || record.close?.kind == .unreachable)
        #expect(front.upgrades.count == (hasCertificate ? 1 : 0))
      }
    }
  }

  @Test func `a TLS file that cannot be read is an error at the start`() throws {
    let loop = try EventLoop()
    defer { loop.close() }
    for number in 0..<2 {
      var options = WebSocketOptions()
      if number == 0 {
        options.caFile = "/nowhere/ca.pem"
      } else {
        (options.certificateFile, options.keyFile) = ("/nowhere/c.pem", "/nowhere/k.pem")
      }
      #expect(throws: WebSocketError.self) {
        let client = try unsafe WebSocketClient(
          reactor: loop, nativeLoop: loop.nativeLoop, options: options)
        client.close()
      }
    }
  }

  @Test func `a proxy is asked for the host by name, with our credentials`() throws {
    let loop = try EventLoop()
    defer { loop.close() }
    for status in [200, 407] {
      let proxy = try Peer(loop) { _ in [.send("HTTP/1.1 \(status) X\r\n\r\n")] }
      defer { proxy.close() }
      var options = WebSocketOptions()
      options.proxy = .init(host: "localhost", port: proxy.port, user: "u", password: "p")
      let client = try unsafe WebSocketClient(
        reactor: loop, nativeLoop: loop.nativeLoop, options: options)
      defer { client.close() }
      let record = Record()
      let request = WebSocketRequest(
        url: "ws://gws.invalid:8080/n", timeout: .seconds(5))
      record.connection = client.open(request) { record.tell($0) }
      #expect(loop.run { record.close != nil || !proxy.rest.isEmpty })
      let head = try #require(proxy.heads.first)
      #expect(head.hasPrefix("CONNECT gws.invalid:8080 HTTP/1."))
      #expect(head.lowercased().contains("proxy-authorization: basic \("dTpw".lowercased())"))
      if status == 200 {
        #expect(String(decoding: proxy.rest, as: UTF8.self).contains("Host: gws.invalid:8080"))
      } else {
        #expect(record.close?.kind == .unreachable)
        let reason = record.close?.reason ?? ""
        #expect(
          reason.hasPrefix("the proxy localhost:\(proxy.port) refuses a tunnel to gws.invalid:8080")
        )
        #expect(reason.contains("does not take the user and the password of `proxy` (407)"))
      }
      record.connection?.close()
    }
  }
}
