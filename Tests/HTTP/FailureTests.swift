import Glibc
import HTTP
import Loop
import Testing

/// How exchanges end that do not end in an answer.
@Suite struct FailureTests {
  @Test func `a server that stays silent costs the timeout and says so`() throws {
    try Scene.run(script: { _ in [.hold] }) { scene in
      let start = scene.loop.now
      let failure = try scene.failure(scene.post("/me/calls?token=secret", "{}", timeout: short))
      #expect(scene.loop.now - start >= short)
      #expect(failure.kind == .timeout)
      #expect(failure.requestMayHaveBeenSent)
      #expect(failure.status == nil)
      #expect(
        failure.message
          == "POST \(scene.server.url)/me/calls failed: no answer within 0.15 seconds; "
          + "see whether the server or a proxy on the way gave up")
    }
  }

  // Tried: no limit for idle connections; the third request then goes out on the first connection,
  // which a broken path would have swallowed as it did the second.
  @Test func `after a silence no connection is used that was idle before it`() throws {
    try Scene.run(script: { request in
      request.path == "/held"
        ? [.hold] : [.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")]
    }) { scene in
      // Both at once, on a connection each; curl counts idle time in whole seconds.
      var failure: HTTPOutcome?
      scene.client.send(scene.get("/held", timeout: .milliseconds(1_200))) { failure = $0 }
      _ = try scene.response(scene.get("/idle"))
      #expect(scene.loop.run { failure != nil })
      _ = try scene.response(scene.get("/new"))
      #expect(Set(scene.server.requests.map(\.connection)) == [1, 2, 3])
      // The new one is as good as any.
      _ = try scene.response(scene.get("/again"))
      #expect(scene.server.connectionCount == 3)
    }
  }

  /// The whole answer takes three times the timeout, but no pause in it does.
  @Test func `a slow answer is not cut off as long as bytes arrive`() throws {
    let body = "0123456789"
    try Scene.run(script: { _ in
      [.send("HTTP/1.1 200 OK\r\n"), .pause(gap), .send("Content-Length: 10\r\n\r\n")]
        + body.flatMap { [.pause(gap), .send(String($0))] }
    }) { scene in
      let start = scene.loop.now
      let response = try scene.response(scene.get(timeout: .milliseconds(200)))
      #expect(scene.loop.now - start >= gap * 11)
      #expect(response.text == body)
    }
  }

  /// No pause is as long as the timeout, and there is no end to them.
  @Test func `a server that trickles for ever is given up in the end`() throws {
    let drops = Array(repeating: [ScriptedServer.Step.pause(gap), .send("x")], count: 1_000)
    try Scene.run(script: { _ in
      [.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")] + drops.flatMap { $0 }
    }) { scene in
      var request = scene.get(timeout: .seconds(20))
      request.totalTimeout = gap * 5
      let failure = try scene.failure(request)
      #expect(failure.kind == .timeout)
      #expect(failure.message.contains("not the whole answer within"))
      #expect(!failure.partialBody.isEmpty)
    }
  }

  @Test func `an answer that stops in the middle costs the timeout and keeps what came`() throws {
    try Scene.run(script: { _ in
      [.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"), .hold]
    }) { scene in
      let failure = try scene.failure(scene.get(timeout: short))
      #expect(failure.kind == .timeout)
      #expect(failure.status == 200)
      #expect(failure.partialBody == Array("half".utf8))
      #expect(failure.message.contains("nothing more of the answer within 0.15 seconds"))
    }
  }

  @Test(arguments: [
    "Content-Length: 100\r\n\r\nhalf",
    "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    "Transfer-Encoding: chunked\r\n\r\n10\r\nhalf",
  ])
  func `an answer that is cut in its body keeps what came`(rest: String) throws {
    try Scene.run(script: { _ in [.send("HTTP/1.1 200 OK\r\n" + rest), .close] }) { scene in
      let failure = try scene.failure(scene.get())
      #expect(failure.kind == .cut)
      #expect(failure.requestMayHaveBeenSent)
      #expect(failure.status == 200)
      #expect(failure.partialBody == Array("half".utf8))
    }
  }

  @Test(arguments: [
    "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nX: y\r\n", "HTTP/1.1 100 x\r\n\r\n",
  ])
  func `an answer that is cut in its head is no answer`(head: String) throws {
    try Scene.run(script: { _ in [.send(head), .close] }) { scene in
      let failure = try scene.failure(scene.post("/", "{}"))
      #expect(failure.kind == .cut)
      #expect(failure.requestMayHaveBeenSent)
      #expect(failure.partialBody == [])
    }
  }

  @Test(arguments: [[ScriptedServer.Step.close], [.reset]])
  func `a connection that ends without an answer is a cut`(steps: [ScriptedServer.Step]) throws {
    try Scene.run(script: { _ in steps }) { scene in
      let failure = try scene.failure(scene.post("/", "{}"))
      #expect(failure.kind == .cut)
      #expect(failure.requestMayHaveBeenSent)
      #expect(failure.status == nil)
      #expect(scene.server.requests.count == 1)
    }
  }

  @Test func `an answer that is cut by a reset keeps what came`() throws {
    try Scene.run(script: { _ in
      [
        .send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"), .pause(.milliseconds(50)),
        .reset,
      ]
    }) { scene in
      let failure = try scene.failure(scene.get())
      #expect(failure.kind == .cut)
      #expect(failure.partialBody == Array("half".utf8))
    }
  }

  /// The server takes the second request on the kept connection and ends it without an answer. curl
  /// alone would send the request again; a command could then take effect twice.
  @Test func `a request that may have had an effect is never sent twice`() throws {
    var isFirst = true
    try Scene.run(script: { _ in
      defer { isFirst = false }
      return isFirst ? [ok("x")] : [.close]
    }) { scene in
      _ = try scene.response(scene.post("/", "{}"))
      let failure = try scene.failure(scene.post("/start", "{}"))
      #expect(failure.kind == .cut)
      #expect(failure.requestMayHaveBeenSent)
      #expect(failure.message.contains("the connection ended before the answer began"))
      #expect(scene.server.requests.map(\.path) == ["/", "/start"])
    }
  }

  @Test func `a request that only asks is sent again on a new connection`() throws {
    try Scene.run(script: { request in
      request.connection == 1 && request.path == "/2" ? [.close] : [ok("x")]
    }) { scene in
      _ = try scene.response(scene.get("/1"))
      _ = try scene.response(scene.get("/2"))
      #expect(scene.server.requests.map(\.path) == ["/1", "/2", "/2"])
      #expect(scene.server.connectionCount == 2)
    }
  }

  @Test func `a refused connection is named, and nothing was sent`() throws {
    try Scene.run(script: { _ in [] }) { scene in
      let url = "\(scene.server.url)/x"
      scene.server.close()
      for _ in 1...3 {
        let request = HTTPRequest(method: "POST", url: url, timeout: .seconds(20))
        let failure = try scene.failure(request)
        #expect(failure.kind == .connect)
        #expect(!failure.requestMayHaveBeenSent)
        #expect(failure.message.hasPrefix("POST \(url) failed: "))
        #expect(failure.message.hasSuffix("; \(connectHint)"))
      }
    }
  }

  @Test func `a Unix socket that is not there is named, and nothing was sent`() throws {
    try Scene.run(script: { _ in [] }) { scene in
      var request = scene.get()
      request.unixSocketPath = "/tmp/recbridge-absent-\(getpid()).sock"
      let failure = try scene.failure(request)
      #expect(failure.kind == .connect)
      #expect(!failure.requestMayHaveBeenSent)
    }
  }

  @Test func `an unknown host is named, and nothing was sent`() throws {
    try Scene.run(script: { _ in [] }) { scene in
      let url = "http://user:password@no-such-host.invalid:81/path?q"
      let request = HTTPRequest(method: "GET", url: url, timeout: .seconds(20))
      let failure = try scene.failure(request)
      #expect(failure.kind == .resolve)
      #expect(!failure.requestMayHaveBeenSent)
      #expect(failure.message.hasPrefix("GET http://no-such-host.invalid:81/path failed: "))
      #expect(failure.message.contains("look up host no-such-host.invalid: "))
      #expect(!failure.message.contains("password"))
    }
  }

  @Test func `an answer that is too large fails, whether announced, streamed or compressed`() throws
  {
    try Scene.run(script: { request in
      let head = "HTTP/1.1 200 OK\r\n"
      let body = String(repeating: "x", count: 100_000)
      return request.path == "/announced"
        ? [.send(head + "Content-Length: 100000\r\n\r\n" + body)]
        : [.send(head + "\r\n" + body), .hold]
    }) { scene in
      for path in ["/announced", "/streamed"] {
        var request = scene.get(path)
        request.maxBodyBytes = 99_999
        let failure = try scene.failure(request)
        #expect(failure.kind == .tooLarge)
        #expect(failure.status == 200)
        #expect(failure.partialBody.count <= 99_999)
      }
      var request = scene.get("/announced")
      request.maxBodyBytes = 100_000
      let response = try scene.response(request)
      #expect(response.body.count == 100_000)
    }
  }

  @Test func `a head without end fails`() throws {
    let lines = (1...1000).map { "X-\($0): \(String(repeating: "y", count: 2000))\r\n" }.joined()
    try Scene.run(script: { _ in [.send("HTTP/1.1 200 OK\r\n" + lines), .hold] }) { scene in
      let failure = try scene.failure(scene.get())
      #expect(failure.kind == .tooLarge)
    }
  }

  @Test func `something that is not HTTP is said to be that`() throws {
    try Scene.run(greeting: [.send("220 mail.example ESMTP\r\n")], script: { _ in [.close] }) {
      scene in
      let failure = try scene.failure(scene.get())
      #expect(failure.kind == .protocolError)
    }
  }

  @Test(arguments: [
    "", "not a url", "/relative", "ftp://127.0.0.1/", "http://", "file:///etc/hosts",
  ])
  func `a URL that is none of ours is refused later, not at once`(url: String) throws {
    try Scene.run(script: { _ in [] }) { scene in
      let request = HTTPRequest(method: "GET", url: url, timeout: .seconds(20))
      let failure = try scene.failure(request)
      #expect(failure.kind == .protocolError)
      #expect(!failure.requestMayHaveBeenSent)
    }
  }

  @Test func `nobody can add lines to a head`() throws {
    try Scene.run(script: { _ in [ok("")] }) { scene in
      for (name, value) in [
        ("X", "a\r\nY: b"), ("X", "a\nb"), ("X\r\nY", "b"), ("X:", ""), ("", "a"),
      ] {
        var request = scene.get()
        request.headers = [HTTPHeader(name, value)]
        let failure = try scene.failure(request)
        #expect(failure.kind == .protocolError)
      }
      var request = scene.get()
      request.method = "GET / HTTP/1.1\r\nX: y\r\n\r\nGET"
      let failure = try scene.failure(request)
      #expect(failure.kind == .protocolError)
      #expect(scene.server.requests.isEmpty)
    }
  }

  @Test func `printing a request shows no secret`() throws {
    let jar = CookieJar()
    jar.restore(["127.0.0.1\tFALSE\t/\tFALSE\t0\tname\tcookievalue"])
    var request = HTTPRequest(
      method: "POST", url: "http://u:urlsecret@h.example/p?token=querysecret",
      headers: [HTTPHeader("Authorization", "headersecret")], body: Array("bodysecret".utf8),
      timeout: .seconds(1))
    request.credentials = HTTPCredentials(user: "loginname", password: "loginsecret")
    request.jar = jar
    var dumped = ""
    dump(request, to: &dumped)
    dump(request.credentials, to: &dumped)
    dump(jar, to: &dumped)
    let printed =
      "\(request) \(String(reflecting: request)) \(dumped) \(String(describing: jar))"
      + "\(String(describing: request.credentials)) \(String(reflecting: request.credentials))"
    #expect(printed.contains("POST http://h.example/p"))
    for secret in ["secret", "loginname", "cookievalue"] { #expect(!printed.contains(secret)) }
  }
}

/// Long enough to be a wait, short enough for a test.
private let short: Duration = .milliseconds(150)
private let gap: Duration = .milliseconds(50)
private let connectHint = "check that the server runs and that nothing on the way blocks it"
