import HTTP
import Testing

/// What a WebSocket's opening carries must be what curl itself would send.
@Suite struct CookieHeaderTests {
  private static let cookies = [
    "plain=1", "root=2; Path=/", "deep=3; Path=/a/b", "other=4; Path=/ab", "slash=5; Path=/a/",
    "secure=6; Path=/; Secure", "old=7; Path=/; Max-Age=0", "session=8; HttpOnly; Path=/",
    "dated=9; Path=/; Expires=Wed, 01 Jan 2070 00:00:00 GMT",
    "past=10; Path=/; Expires=Wed, 01 Jan 2020 00:00:00 GMT", "empty=; Path=/",
    "quoted=\"x y\"; Path=/", "named=11; Domain=127.0.0.1; Path=/",
    "foreign=12; Domain=elsewhere.example; Path=/", "a=b=c; path=/", "=nothing", "nonsense",
  ]

  private func pairs(_ header: String?) -> Set<String> {
    Set((header ?? "").split(separator: ";").map { String($0.drop { $0 == " " }) })
  }

  @Test func `the header is the one that curl sends, for every path`() throws {
    try Scene.run(script: { request in
      [ok("", headers: request.path == "/a/set" ? Self.cookies.map { "Set-Cookie: \($0)" } : [])]
    }) { scene in
      let byCurl = CookieJar()
      var request = scene.get("/a/set")
      request.jar = byCurl
      _ = try scene.response(request)
      let byHand = CookieJar()
      byHand.store(setCookie: Self.cookies, from: scene.server.url + "/a/set")
      for path in ["/", "/a", "/a/", "/a/b", "/a/b/c?q=1", "/ab", "/a/bc"] {
        request.url = scene.server.url + path
        _ = try scene.response(request)
        let sent = pairs(scene.server.requests.last?.header("cookie"))
        #expect(pairs(byCurl.header(for: request.url)) == sent, "\(path)")
        #expect(pairs(byHand.header(for: request.url)) == sent, "stored by hand, \(path)")
        #expect(pairs(byCurl.header(for: "ws" + request.url.dropFirst(4))) == sent)
      }
      let deep = byHand.header(for: scene.server.url + "/a/b")
      #expect(deep?.hasPrefix("deep=3; ") == true, "longer paths come first")
    }
  }

  @Test func `what is stored by hand goes out with the next exchange, and replaces`() throws {
    try Scene.run(script: { _ in [ok("")] }) { scene in
      let jar = CookieJar()
      jar.store(setCookie: ["id=1; Path=/"], from: scene.server.url + "/n")
      jar.store(setCookie: ["id=2; Path=/", "lb=3; Path=/"], from: scene.server.url + "/n")
      jar.store(setCookie: ["lb=; Path=/; Max-Age=0"], from: scene.server.url + "/n")
      var request = scene.get()
      request.jar = jar
      _ = try scene.response(request)
      #expect(scene.server.requests.last?.header("cookie") == "id=2")
      #expect(jar.header(for: scene.server.url) == "id=2")
    }
  }

  @Test func `a cookie goes only where it belongs`() {
    let jar = CookieJar()
    let from = "wss://gws.example:8443/n"
    jar.store(
      setCookie: [
        "host=1; Path=/", "wide=2; Domain=.gws.example; Path=/", "top=3; Domain=example; Path=/",
        "tls=4; Secure; Path=/", "bad=5\tx; Path=/", "line=6\r\nX: y",
      ], from: from)
    #expect(pairs(jar.header(for: "https://gws.example/")) == ["host=1", "wide=2", "tls=4"])
    #expect(pairs(jar.header(for: "http://gws.example/")) == ["host=1", "wide=2"])
    #expect(pairs(jar.header(for: "wss://node.gws.example/")) == ["wide=2"])
    #expect(jar.header(for: "wss://notgws.example/") == nil)
    #expect(jar.header(for: "nonsense") == nil)
    let plain = CookieJar()
    plain.store(setCookie: ["tls=1; Secure; Path=/"], from: "ws://gws.example/")
    #expect(plain.cookies == [])
  }
}
