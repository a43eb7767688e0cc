import HTTP
import TestSupport
import Testing

/// What a site may ask of TLS, and the ways round, against `openssl s_server`.
@Suite(.serialized) struct TLSOptionTests {
  /// A scene whose client has these options.
  private func with(
    _ options: HTTPClient.Options, _ body: (Scene) throws -> Void
  ) throws {
    try Scene.run(options: options, script: { _ in [] }, body)
  }

  private func get(_ url: String) -> HTTPRequest {
    HTTPRequest(method: "GET", url: url, timeout: .seconds(20))
  }

  @Test func `a server that asks for a certificate gets ours, and refuses us without`() throws {
    try withFolder { folder in
      let certificates = try Certificates(in: folder)
      let server = try TLSServer(
        certificates, ["-Verify", "1", "-verify_return_error", "-CAfile", certificates.authority])
      try with(.init(caFile: certificates.authority)) { scene in
        _ = try scene.failure(get(server.url))
      }
      let options = HTTPClient.Options(
        caFile: certificates.authority, certificateFile: certificates.clientCertificate,
        keyFile: certificates.clientKey)
      try with(options) { scene in
        let response = try scene.response(get(server.url))
        #expect(response.status == 200)
        #expect(response.text.contains("CN = client") || response.text.contains("CN=client"))
      }
      // A key that does not belong to the certificate.
      var wrong = options
      wrong.keyFile = certificates.key
      try with(wrong) { scene in
        let failure = try scene.failure(get(server.url))
        #expect(failure.kind == .tls)
        #expect(!failure.requestMayHaveBeenSent)
      }
    }
  }

  @Test func `an encrypted key is an error and no question at the terminal`() throws {
    try withFolder { folder in
      let certificates = try Certificates(in: folder)
      let encrypted = "\(folder)/encrypted.key"
      let made = try ChildProcess(
        "/usr/bin/openssl",
        ["ec", "-in", certificates.clientKey, "-aes128", "-passout", "pass:x", "-out", encrypted],
        output: .file("\(folder)/log"), errors: .file("\(folder)/log"))
      try #require(made.wait() == 0)
      let server = try TLSServer(certificates)
      let options = HTTPClient.Options(
        caFile: certificates.authority, certificateFile: certificates.clientCertificate,
        keyFile: encrypted)
      try with(options) { scene in
        let kind = try scene.failure(get(server.url)).kind
        #expect(kind == .tls)
      }
    }
  }

  @Test func `a version below the minimum is refused, whoever sets it`() throws {
    try withFolder { folder in
      let certificates = try Certificates(in: folder)
      let old = try TLSServer(certificates, ["-tls1_2"])
      try with(.init(caFile: certificates.authority)) { scene in
        let status = try scene.response(get(old.url)).status
        #expect(status == 200)
      }
      try with(.init(caFile: certificates.authority, minimumTLS: .tls13)) { scene in
        let failure = try scene.failure(get(old.url))
        #expect(failure.kind == .tls)
        #expect(!failure.requestMayHaveBeenSent)
      }
      let older = try TLSServer(certificates, ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"])
      try with(.init(caFile: certificates.authority)) { scene in
        let kind = try scene.failure(get(older.url)).kind
        #expect(kind == .tls)
      }
    }
  }

  @Test func `the name that is verified may be another than where we connect`() throws {
    try withFolder { folder in
      let certificates = try Certificates(in: folder)
      let server = try TLSServer(certificates)
      try with(.init(caFile: certificates.authority)) { scene in
        var request = get("https://server.test:\(server.port)/")
        for host in ["127.0.0.1", "localhost"] {
          request.connectHost = host
          let status = try scene.response(request).status
          #expect(status == 200)
        }
        request.url = "https://other.test:\(server.port)/"
        let kind = try scene.failure(request).kind
        #expect(kind == .tls)
        // Reached through a tunnel as well, which then leads to where we connect.
        let proxy = try ConnectProxy(in: folder)
        request.url = "https://server.test:\(server.port)/"
        request.connectHost = "127.0.0.1"
        request.proxy = HTTPProxy(url: proxy.url)
        let status = try scene.response(request).status
        #expect(status == 200)
        #expect(proxy.requests == ["CONNECT 127.0.0.1:\(server.port) HTTP/1.1"])
      }
    }
  }

  @Test func `only a client that was told so takes any certificate`() throws {
    try withFolder { folder in
      let certificates = try Certificates(in: folder)
      let server = try TLSServer(certificates)
      try with(.init()) { scene in
        let kind = try scene.failure(get(server.url)).kind
        #expect(kind == .tls)
      }
      try with(.init(acceptsAnyCertificate: true)) { scene in
        let status = try scene.response(get(server.url)).status
        #expect(status == 200)
        let url = "https://localhost:\(server.port)/"
        let otherStatus = try scene.response(get(url)).status
        #expect(otherStatus == 200)
      }
    }
  }

  @Test func `TLS goes through a proxy's tunnel, with credentials if it wants them`() throws {
    try withFolder { folder in
      let certificates = try Certificates(in: folder)
      let server = try TLSServer(certificates)
      let right = HTTPCredentials(user: "user", password: "p@ss:word")
      let proxy = try ConnectProxy(in: folder, credentials: right.encoded)
      try with(.init(caFile: certificates.authority)) { scene in
        var request = get(server.url)
        request.proxy = HTTPProxy(url: proxy.url, credentials: right)
        let response = try scene.response(request)
        #expect(response.status == 200)
        #expect(response.header("X-Proxy") == nil)
        #expect(proxy.requests == ["CONNECT 127.0.0.1:\(server.port) HTTP/1.1"])
        for wrong in [nil, HTTPCredentials(user: "user", password: "hunter2")] {
          request.proxy?.credentials = wrong
          let failure = try scene.failure(request)
          #expect(!failure.requestMayHaveBeenSent)
          #expect(failure.message.contains("407"))
          #expect(!failure.message.contains("hunter2"))
        }
      }
    }
  }

  @Test func `credentials in base64 are those of the standard`() {
    for (user, password, encoded) in [
      ("Aladdin", "open sesame", "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), ("", "", "Og=="),
      ("a", "", "YTo="), ("a", "b", "YTpi"),
    ] {
      let credentials = HTTPCredentials(user: user, password: password)
      #expect(credentials.encoded == encoded)
      #expect(credentials.headerValue == "Basic \(encoded)")
    }
  }

  private static let wishes: [([String], Int64?)] = [
    (["Retry-After: 7"], 7), (["Retry-After: -7"], 0), ([], nil),
    (["Retry-After: soon"], nil), (["Retry-After: Wed, 21 Oct 2015 07:28:30 GMT"], nil),
    (
      [
        "Retry-After: Wed, 21 Oct 2015 07:28:30 GMT", "Date: Wed, 21 Oct 2015 07:28:00 GMT",
      ], 30
    ),
  ]

  @Test(arguments: wishes)
  func `a wish to wait is a number of seconds or a date by the server's own clock`(
    headers: [String], seconds: Int64?
  ) throws {
    try Scene.run(script: { _ in [ok("", status: "503 Busy", headers: headers)] }) { scene in
      let wish = try scene.response(scene.get()).retryAfterSeconds
      #expect(wish == seconds)
    }
  }
}
