import HTTP
import Loop
import Testing

/// One agent, one jar.
@Suite struct CookieTests {
  @Test(arguments: ["200 OK", "401 Unauthorized", "503 Busy", "302 Found"])
  func `a cookie is stored whatever the status, and sent back to an address too`(status: String)
    throws
  {
    try Scene.run(script: { _ in [ok("", status: status, headers: ["Set-Cookie: id=1; Path=/"])] })
    {
      scene in
      let jar = CookieJar()
      for _ in 1...2 {
        var request = scene.get()
        request.jar = jar
        _ = try scene.response(request)
      }
      #expect(scene.server.requests.map { $0.header("cookie") } == [nil, "id=1"])
    }
  }

  @Test func `two jars never mix, and no jar means no cookies`() throws {
    try Scene.run(script: { request in
      [ok("", headers: ["Set-Cookie: agent=\(request.path.dropFirst()); Path=/"])]
    }) { scene in
      let jars = ["alice": CookieJar(), "bob": CookieJar()]
      for name in ["alice", "bob", "alice", "bob", "nobody", "nobody"] {
        var request = scene.get("/\(name)")
        request.jar = jars[name]
        _ = try scene.response(request)
      }
      #expect(
        scene.server.requests.map { $0.header("cookie") }
          == [nil, nil, "agent=alice", "agent=bob", nil, nil])
      // All on one connection: what is shared is the way, not the cookies.
      #expect(scene.server.connectionCount == 1)
    }
  }

  @Test func `a cookie is seen by an exchange that started before it came`() throws {
    try Scene.run(script: { request in
      request.path == "/poll"
        ? [.hold, ok("")] : [ok("", headers: ["Set-Cookie: late=\(request.path.dropFirst())"])]
    }) { scene in
      let jar = CookieJar()
      var poll = scene.get("/poll")
      poll.jar = jar
      var polls = 0
      scene.client.send(poll) { _ in polls += 1 }
      #expect(scene.loop.run { scene.server.heldCount == 1 })
      var other = scene.get("/7")
      other.jar = jar
      _ = try scene.response(other)
      scene.server.release()
      #expect(scene.loop.run { polls == 1 })
      scene.client.send(poll) { _ in polls += 1 }
      #expect(scene.loop.run { scene.server.heldCount == 1 })
      #expect(scene.server.requests.last?.header("cookie") == "late=7")
    }
  }

  @Test func `cookies survive a restart, cookies of the session included`() throws {
    try Scene.run(script: { _ in
      [ok("", headers: ["Set-Cookie: JSESSIONID=a1; HttpOnly", "Set-Cookie: r=2; Max-Age=999"])]
    }) { scene in
      let before = CookieJar()
      #expect(before.cookies == [])
      var request = scene.get()
      request.jar = before
      _ = try scene.response(request)
      let lines = before.cookies
      #expect(lines.count == 2)
      #expect(lines.allSatisfy { $0.split(separator: "\t").count == 7 })

      let after = CookieJar()
      after.restore(lines + ["ALL", "FLUSH", "nonsense", "x\ty", ""])
      #expect(Set(after.cookies) == Set(lines))
      request.jar = after
      _ = try scene.response(request)
      let sent = try #require(scene.server.requests.last?.header("cookie"))
      #expect(Set(sent.split(separator: "; ")) == ["JSESSIONID=a1", "r=2"])

      after.clear()
      #expect(after.cookies == [])
      #expect(before.cookies.count == 2)
      _ = try scene.response(request)
      #expect(scene.server.requests.last?.header("cookie") == nil)
    }
  }

  @Test func `many exchanges use one jar at the same time, and it may be dropped before they end`()
    throws
  {
    try Scene.run(script: { _ in [.hold, ok("", headers: ["Set-Cookie: a=b"])] }) { scene in
      var ended = 0
      weak var dropped: CookieJar?
      do {
        let jar = CookieJar()
        dropped = jar
        for _ in 1...20 {
          var request = scene.get()
          request.jar = jar
          scene.client.send(request) { _ in ended += 1 }
        }
      }
      #expect(scene.loop.run { scene.server.heldCount == 20 })
      #expect(dropped != nil)
      scene.server.release()
      #expect(scene.loop.run { ended == 20 })
      #expect(dropped == nil)
    }
  }
}
