import Glibc
import HTTP
import Loop
import Testing

/// What servers answer, as long as they answer.
@Suite struct AnswerTests {
  @Test func `an answer arrives whole, with its headers in order and found in any case`() throws {
    try Scene.run(script: { request in
      [
        ok(
          "hello \(request.path)", headers: ["X-One: 1", "Set-Cookie: a=b", "x-one:  2 ", "Empty:"])
      ]
    }) { scene in
      let response = try scene.response(scene.get("/a?b=c"))
      #expect(response.status == 200)
      #expect(response.text == "hello /a?b=c")
      #expect(
        response.headers == [
          HTTPHeader("Content-Length", "12"), HTTPHeader("X-One", "1"),
          HTTPHeader("Set-Cookie", "a=b"), HTTPHeader("x-one", "2"), HTTPHeader("Empty", ""),
        ])
      #expect(response.header("X-ONE") == "1")
      #expect(response.header("absent") == nil)
    }
  }

  @Test
  func `a request goes out as it was given, without a word of its own about forms or expecting`()
    throws
  {
    try Scene.run(script: { _ in [ok("")] }) { scene in
      let big = String(repeating: "x", count: 2_000_000)
      var request = scene.post("/big", big)
      request.headers += [HTTPHeader("X-Test", "a: b"), HTTPHeader("X-Empty", "")]
      request.credentials = HTTPCredentials(user: "alice", password: "wonderland")
      _ = try scene.response(request)
      let received = try #require(scene.server.requests.first)
      #expect(received.line == "POST /big HTTP/1.1")
      #expect(received.body == Array(big.utf8))
      #expect(received.header("content-type") == "application/json")
      #expect(received.header("x-test") == "a: b")
      #expect(received.head.contains("X-Empty:"))
      #expect(received.header("expect") == nil)
      #expect(received.header("accept-encoding") == "gzip")
      #expect(received.header("authorization") == "Basic YWxpY2U6d29uZGVybGFuZA==")
    }
  }

  @Test(arguments: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
  func `every method goes out, with and without a body`(method: String) throws {
    try Scene.run(script: { request in
      [request.line.hasPrefix("HEAD") ? .send("HTTP/1.1 200 OK\r\n\r\n") : ok("")]
    }) { scene in
      let bodies: [[UInt8]?] = method == "HEAD" ? [nil] : [nil, [], Array("{}".utf8)]
      for body in bodies {
        var request = scene.get("/m")
        request.method = method
        request.body = body
        let response = try scene.response(request)
        #expect(response.status == 200)
        let received = try #require(scene.server.requests.last)
        #expect(received.line == "\(method) /m HTTP/1.1")
        #expect(received.body == body ?? [])
        #expect(received.header("content-type") == nil)
        if body != nil || ["POST", "PUT"].contains(method) {
          #expect(received.header("content-length") == "\(body?.count ?? 0)")
        }
      }
    }
  }

  @Test func `a chunked answer is put together, and its trailers change nothing`() throws {
    try Scene.run(script: { _ in
      [
        .send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: head\r\n\r\n5\r\nhello\r\n"),
        .send("1;x=y\r\n \r\n5\r\nworld\r\n0\r\nX: trailer\r\nY: trailer\r\n\r\n"),
      ]
    }) { scene in
      for _ in 1...2 {
        let response = try scene.response(scene.get())
        #expect(response.text == "hello world")
        #expect(response.headers.count == 2)
        #expect(response.header("x") == "head")
      }
      #expect(scene.server.connectionCount == 1)
    }
  }

  @Test func `a compressed answer is decompressed`() throws {
    let zipped: [UInt8] = [
      0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 7, 0, 0x86, 0xa6, 0x10,
      0x36, 5, 0, 0, 0,
    ]
    try Scene.run(script: { _ in
      [
        .send(
          "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(zipped.count)\r\n\r\n"),
        .sendBytes(zipped),
      ]
    }) { scene in
      let response = try scene.response(scene.get())
      #expect(response.text == "hello")
    }
  }

  @Test func `an answer without a length ends with the connection, in HTTP 1.0 too`() throws {
    try Scene.run(script: { request in
      [.send("HTTP/1.\(request.path == "/0" ? 0 : 1) 200 OK\r\n\r\nto the end"), .close]
    }) { scene in
      for path in ["/0", "/1"] {
        let response = try scene.response(scene.get(path))
        #expect(response.text == "to the end")
      }
    }
  }

  @Test func `an interim answer is not the answer`() throws {
    try Scene.run(script: { _ in
      [
        .send("HTTP/1.1 103 Early Hints\r\nX: early\r\n\r\n"), .pause(.milliseconds(5)),
        ok("final", headers: ["X: late"]),
      ]
    }) { scene in
      let response = try scene.response(scene.get())
      #expect(response.status == 200)
      #expect(response.text == "final")
      #expect(response.headers == [HTTPHeader("Content-Length", "5"), HTTPHeader("X", "late")])
    }
  }

  @Test(arguments: ["200 OK", "204 No Content", "401 Unauthorized", "404 x", "500 x", "503 x"])
  func `every status is an answer, with an empty body too`(status: String) throws {
    try Scene.run(script: { _ in [ok("", status: status)] }) { scene in
      let response = try scene.response(scene.get())
      #expect(response.status == Int(status.prefix(3)))
      #expect(response.body == [])
    }
  }

  @Test func `a page of HTML with status 200 is handed over as it is`() throws {
    try Scene.run(script: { _ in [ok("<html>Log in</html>", headers: ["Content-Type: text/html"])] }
    ) { scene in
      let response = try scene.response(scene.get())
      #expect(response.text == "<html>Log in</html>")
      #expect(response.header("content-type") == "text/html")
    }
  }

  @Test(arguments: [301, 302, 303, 307, 308])
  func `a redirect is an answer and is not followed`(status: Int) throws {
    try Scene.run(script: { _ in [ok("", status: "\(status) x", headers: ["Location: /other"])] }) {
      scene in
      let response = try scene.response(scene.post("/", "{}"))
      #expect(response.status == status)
      #expect(response.header("location") == "/other")
      #expect(scene.server.requests.count == 1)
    }
  }

  @Test func `connections are kept and used again`() throws {
    try Scene.run(script: { _ in [ok("x")] }) { scene in
      for _ in 1...20 { _ = try scene.response(scene.get()) }
      #expect(scene.server.connectionCount == 1)
      #expect(scene.server.requests.count == 20)
    }
  }

  @Test func `a kept connection that the server has closed is replaced without notice`() throws {
    try Scene.run(script: { _ in [ok("x")] }) { scene in
      for _ in 1...3 {
        _ = try scene.response(scene.post("/", "{}"))
        scene.server.dropConnections()
      }
      #expect(scene.server.connectionCount == 3)
    }
  }

  @Test func `a Unix socket is reached through its path`() throws {
    try Scene.run(script: { _ in [] }) { scene in
      let path = "/tmp/recbridge-http-\(getpid()).sock"
      let server = try ScriptedServer(scene.loop, unixPath: path) { _ in [ok("local")] }
      defer {
        server.close()
        _ = unsafe unlink(path)  // Safe: the path is a text of its own.
      }
      var request = HTTPRequest(method: "GET", url: "http://recbridge/v1/x", timeout: .seconds(20))
      request.unixSocketPath = path
      let response = try scene.response(request)
      #expect(response.text == "local")
      #expect(server.requests.first?.header("host") == "recbridge")
    }
  }

  /// In a process of its own, for the environment belongs to all tests.
  @Test func `the proxy that the environment names is not used`() async {
    await #expect(processExitsWith: .success) {
      // Safe: no other thread reads the environment yet.
      unsafe setenv("http_proxy", "http://127.0.0.1:1", 1)
      try Scene.run(script: { request in [ok(request.path)] }) { scene in
        let response = try scene.response(scene.get("/direct"))
        guard response.text == "/direct" else { exit(1) }
      }
    }
  }

  @Test func `a proxy is used if one is configured`() throws {
    try Scene.run(script: { request in [ok(request.path)] }) { scene in
      var request = HTTPRequest(method: "GET", url: "http://far.invalid/x", timeout: .seconds(20))
      request.proxy = HTTPProxy(url: scene.server.url)
      let response = try scene.response(request)
      #expect(response.text == "http://far.invalid/x")
    }
  }

  /// More than one multi, all connections open at the same time and every one of them used again.
  @Test func `six hundred held requests are answered, and their connections are used again`() throws
  {
    let all = 600
    try Scene.run(script: { request in [.hold, ok(request.path)] }) { scene in
      for round in 1...2 {
        var answers: Set<String> = []
        for number in 1...all {
          scene.client.send(scene.get("/\(number)")) { outcome in
            if case .response(let response) = outcome { answers.insert(response.text) }
          }
        }
        #expect(scene.loop.run { scene.server.heldCount == all })
        #expect(scene.client.exchangeCount == all)
        scene.server.release()
        #expect(scene.loop.run { answers.count == all })
        #expect(scene.server.connectionCount == all, "round \(round)")
      }
    }
  }
}
