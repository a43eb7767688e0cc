import HTTP
import Loop
import Testing

/// Exchanges that are not waited for any more.
@Suite struct CancelTests {
  /// A client, its server and an exchange brought to some phase, then cancelled: nobody may be
  /// called afterwards, and the next request on the same client must work.
  private func cancelling(
    _ path: String, host: String = "127.0.0.1", after reached: (Scene) -> Bool
  ) throws {
    try Scene.run(script: { request in
      switch request.path {
      case "/silent": [.hold]
      case "/head": [.send("HTTP/1.1 200 OK\r\n"), .hold]
      case "/body": [.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"), .hold]
      default: [ok("fine")]
      }
    }) { scene in
      let url = "http://\(host):\(scene.server.port)\(path)"
      let exchange = scene.client.send(
        HTTPRequest(method: "POST", url: url, timeout: .seconds(20))
      ) { _ in Issue.record("a cancelled exchange called its completion") }
      #expect(scene.loop.run { reached(scene) })
      exchange.cancel()
      exchange.cancel()
      #expect(scene.client.exchangeCount == 0)
      scene.server.release()
      let response = try scene.response(scene.get("/next"))
      #expect(response.text == "fine")
      #expect(scene.loop.run { scene.server.openCount == 1 })
    }
  }

  @Test func `before anything has happened`() throws {
    try cancelling("/silent") { _ in true }
  }

  @Test func `while the name is being looked up`() throws {
    try cancelling("/silent", host: "localhost") { _ in true }
  }

  @Test func `once connected`() throws {
    try cancelling("/silent") { $0.server.connectionCount == 1 }
  }

  @Test func `while the answer is awaited`() throws {
    try cancelling("/silent") { $0.server.heldCount == 1 }
  }

  @Test func `within the head and within the body`() throws {
    try cancelling("/head") { $0.server.heldCount == 1 }
    try cancelling("/body") { $0.server.heldCount == 1 }
  }

  @Test func `a refused request can be cancelled before it is told`() throws {
    try Scene.run(script: { _ in [ok("")] }) { scene in
      let exchange = scene.client.send(
        HTTPRequest(method: "GET", url: "nonsense", timeout: .seconds(20))
      ) { _ in Issue.record("a cancelled exchange called its completion") }
      exchange.cancel()
      _ = try scene.response(scene.get())
    }
  }

  @Test func `cancelling in its own completion and afterwards changes nothing`() throws {
    try Scene.run(script: { _ in [ok("")] }) { scene in
      var exchange: HTTPExchange?
      var ended = 0
      exchange = scene.client.send(scene.get()) { _ in
        exchange?.cancel()
        ended += 1
      }
      #expect(scene.loop.run { ended == 1 })
      exchange?.cancel()
      _ = try scene.response(scene.get())
      #expect(ended == 1)
      exchange = nil
    }
  }

  /// All answers arrive in one go, so that the results of those that are cancelled are waiting
  /// inside curl already when the first completion cancels them.
  @Test func `a completion cancels all others, and only it is called`() throws {
    try Scene.run(script: { _ in [.hold, ok("")] }) { scene in
      var exchanges: [HTTPExchange] = []
      var ended = 0
      for _ in 1...50 {
        exchanges.append(
          scene.client.send(scene.get()) { _ in
            ended += 1
            for exchange in exchanges { exchange.cancel() }
          })
      }
      #expect(scene.loop.run { scene.server.heldCount == 50 })
      scene.server.release()
      #expect(scene.loop.run { ended > 0 })
      _ = try? scene.outcome(scene.get("/after", timeout: .milliseconds(50)))
      #expect(ended == 1)
      exchanges = []
    }
  }

  @Test func `a completion sends the next request, a thousand times over`() throws {
    try Scene.run(script: { _ in [ok("")] }) { scene in
      var left = 1000
      func next(_ outcome: HTTPOutcome) {
        left -= 1
        if left > 0 { scene.client.send(scene.get(), completion: next) }
      }
      scene.client.send(scene.get(), completion: next)
      #expect(scene.loop.run { left == 0 })
      #expect(scene.server.connectionCount == 1)
    }
  }

  @Test func `a completion closes the client with everything that is under way`() throws {
    try Scene.run(script: { _ in [.hold, ok("")] }) { scene in
      var ended = 0
      for _ in 1...50 {
        scene.client.send(scene.get()) { _ in
          ended += 1
          scene.client.close()
        }
      }
      #expect(scene.loop.run { scene.server.heldCount == 50 })
      scene.server.release()
      #expect(scene.loop.run { scene.server.openCount == 0 })
      #expect(ended == 1)
      scene.client.send(scene.get()) { _ in Issue.record("a closed client called a completion") }
      #expect(!scene.loop.run(until: { ended > 1 }, within: .milliseconds(30)))
    }
  }

  @Test func `an exchange keeps its client alive, and nothing keeps it afterwards`() throws {
    try Scene.run(script: { _ in [.hold, ok("")] }) { scene in
      weak var dropped: HTTPClient?
      var ended = 0
      do {
        let client = HTTPClient(reactor: scene.loop)
        dropped = client
        client.send(scene.get()) { _ in ended += 1 }
      }
      #expect(scene.loop.run { scene.server.heldCount == 1 })
      #expect(dropped != nil)
      scene.server.release()
      #expect(scene.loop.run { ended == 1 })
      #expect(dropped == nil)
      #expect(scene.loop.run { scene.server.openCount == 0 })
    }
  }
}
