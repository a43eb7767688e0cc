import Configuration
import HTTP
import JSON
import Simulator
import TestSupport
import Testing

/// The way that a WebSocket takes to the platform, and what it carries.
@Suite(.serialized) struct SocketWayTests {
  private func line(_ name: String, of head: [String]) -> String? {
    head.first { $0.lowercased().hasPrefix("\(name.lowercased()): ") }?
      .drop { $0 != ":" }.dropFirst(2).description
  }

  @Test func `the upgrade goes over TLS with cookies, credentials, Origin and our headers`() throws
  {
    try withFolder { folder in
      let stage = try Stage.overSockets(acknowledgement: .offered) { $0.csrf = .standard }
      defer { stage.close() }
      let certificates = try Certificates(in: folder)
      let front = try TLSFront(certificates, upstream: stage.port)
      stage.configuration.platform.url = front.url
      stage.configuration.platform.tls.certificateAuthority = certificates.authority
      stage.configuration.platform.headers = [Header(name: "x-api-key", value: Secret("k1"))]
      try stage.start()
      try stage.waitForSocket()
      let call = try stage.recordedCall()
      #expect(try stage.command("stop", call)["grade"]?.string == "confirmed.notified")
      let head = try #require(front.upgrades.first)
      #expect(head.first == "GET /api/v2/notifications HTTP/1.1")
      #expect(line("Cookie", of: head)?.contains("JSESSIONID=") == true)
      #expect(line("Cookie", of: head)?.contains("BAYEUX_BROWSER=") == true)
      // `alice:secret`, in base64.
      #expect(line("Authorization", of: head) == "Basic YWxpY2U6c2VjcmV0")
      #expect(line("Origin", of: head) == front.url)
      #expect(line("x-api-key", of: head) == "k1")
      #expect(line("Host", of: head) == String(front.url.dropFirst("https://".count)))
      #expect(front.upgrades.count == 1)
    }
  }

  /// Mutation tried: the WebSockets are not given the certificate.
  @Test func `a server that demands a certificate gets ours on the upgrade as well`() throws {
    try withFolder { folder in
      let stage = try Stage.overSockets(acknowledgement: .offered)
      defer { stage.close() }
      let certificates = try Certificates(in: folder)
      let front = try TLSFront(certificates, upstream: stage.port, demandsCertificate: true)
      stage.configuration.platform.url = front.url
      stage.configuration.platform.tls.certificateAuthority = certificates.authority
      stage.configuration.platform.tls.certificate = certificates.clientCertificate
      stage.configuration.platform.tls.key = certificates.clientKey
      try stage.start()
      try stage.waitForSocket()
      let call = try stage.recordedCall()
      #expect(try stage.command("stop", call)["grade"]?.string == "confirmed.notified")
      #expect(front.upgrades.count == 1)
      #expect(!stage.log.contains { $0.contains("websocket-unavailable") })
    }
  }

  // It forwards plain requests for everybody, so that it is the upgrade that shows the refusal.
  @Test(arguments: ["", "wrong-p4ss"])
  func `a proxy that wants other credentials is told in the log, and long-polling goes on`(
    password: String
  ) throws {
    try withFolder { folder in
      let stage = try Stage.overSockets(acknowledgement: .offered)
      defer { stage.close() }
      let login = HTTPCredentials(user: "user", password: "right-p4ss")
      let proxy = try ConnectProxy(in: folder, credentials: login.encoded)
      let tunnel = Proxy(
        url: proxy.url,
        login: password.isEmpty ? nil : Login(user: "user", password: Secret(password)))
      stage.configuration.platform.proxy = ProxySetting(
        plain: tunnel, secure: nil)
      try stage.start()
      try stage.wait("the reason is told") {
        stage.log.contains { $0.contains("event=websocket-unavailable") }
      }
      let told = try #require(stage.log.first { $0.contains("event=websocket-unavailable") })
      #expect(told.contains("the proxy 127.0.0.1:"))
      let what = password.isEmpty ? "wants a user and a password" : "does not take the user"
      #expect(told.contains(what))
      #expect(try stage.transport() == "long-polling")
      #expect(!stage.log.joined().contains("wrong-p4ss"))
    }
  }

  @Test(arguments: ["pass-8841", "p@ss:word/8841"])
  func `a WebSocket goes through the proxy's tunnel, with its credentials, as HTTP does`(
    password: String
  ) throws {
    try withFolder { folder in
      let stage = try Stage.overSockets(acknowledgement: .offered)
      defer { stage.close() }
      let certificates = try Certificates(in: folder)
      let front = try TLSFront(certificates, upstream: stage.port)
      let login = HTTPCredentials(user: "user", password: password)
      let proxy = try ConnectProxy(in: folder, credentials: login.encoded)
      stage.configuration.platform.url = front.url
      stage.configuration.platform.tls.certificateAuthority = certificates.authority
      let tunnel = Proxy(
        url: proxy.url, login: Login(user: "user", password: Secret(password)))
      stage.configuration.platform.proxy = ProxySetting(plain: tunnel, secure: tunnel)
      try stage.start()
      try stage.waitForSocket()
      let call = try stage.recordedCall()
      #expect(try stage.command("stop", call)["grade"]?.string == "confirmed.notified")
      #expect(front.upgrades.count == 1)
      // Whatever reached the platform came through the proxy.
      #expect(proxy.requests.count == front.heads.count)
      #expect(proxy.requests.allSatisfy { $0.hasPrefix("CONNECT 127.0.0.1:") })
      let told = try stage.events().map { String(decoding: $0.raw, as: UTF8.self) }.joined()
      #expect(!(told + stage.log.joined()).contains(password))
    }
  }
}
