import JSON
import Simulator
import Testing

extension Bench {
  fileprivate func load(_ plan: LoadPlan) throws -> Int { try change { try $0.startLoad(plan) } }

  fileprivate func numbers(_ id: RequestID) throws -> [Int64] {
    try events(id).compactMap { $0["call"]?["userData"]?["Sequence"]?.integer }
  }
}

@Suite struct LoadTests {
  @Test func `a backlog is one answer, numbered without a gap, and the next one counts on`() throws
  {
    let bench = Bench()
    let client = try AgentClient.ready(bench)
    var plan = LoadPlan(agent: "alice", count: 1000)
    plan.sizeBytes = 4000
    #expect(try bench.load(plan) == 1)
    let id = client.connect()
    #expect(try bench.numbers(id) == Array(1...1000))
    let size = try #require(bench.answer(id)?.body.count)
    #expect((4_000_000..<4_010_000).contains(size))
    let event = try #require(try bench.events(id).first)
    #expect(event["messageType"]?.string == "CallStateChangeMessage")

    let held = client.connect()
    #expect(try bench.load(LoadPlan(agent: "alice", count: 2)) == 1001)
    #expect(try bench.numbers(held) == [1001, 1002])
    // The call is there for whoever looks.
    let calls = try bench.json(client.send("GET", "/api/v2/me/calls", query: ["fields": "*"]))
    #expect(calls["calls"]?.elements.map { $0["id"]?.string } == [event["call"]?["id"]?.string])
  }

  @Test func `each agent gets notifications of a call of its own, and nobody else's`() throws {
    let bench = Bench()
    let clients = try ["alice", "bob"].map { try AgentClient.ready(bench, $0) }
    _ = try bench.load(LoadPlan(agent: "bob", count: 5))
    _ = clients[1].connect()
    let held = clients.map { $0.connect() }
    #expect(try bench.load(LoadPlan(count: 1)) == 1)
    #expect(try held.map { try bench.numbers($0) } == [[1], [6]])
    let calls = try held.map { try bench.events($0)[0]["call"]?["id"]?.string }
    #expect(Set(calls).count == 2)
  }

  @Test(arguments: [1, 3, 7, 300, 3000])
  func `a paced load comes at its pace`(rate: Int) throws {
    let bench = Bench { $0.webSocket = .offered }
    let client = try AgentClient.ready(bench)
    let socket = try client.openSocket()
    try client.connect(on: socket)
    var plan = LoadPlan(agent: "alice", count: rate * 3)
    plan.perSecond = rate
    _ = try bench.load(plan)
    #expect(bench.takeRawFrames(socket).count == 1)
    bench.pass(.seconds(1))
    #expect(bench.takeRawFrames(socket).count == rate)
    bench.pass(.milliseconds(500))
    #expect(bench.takeRawFrames(socket).count == rate / 2)
    bench.pass(.seconds(10))
    #expect(bench.takeRawFrames(socket).count == rate * 3 - 1 - rate - rate / 2)
  }

  @Test func `a load may wait for the client to take it`() throws {
    for isAcknowledged in [false, true] {
      let bench = Bench { $0.acknowledgement = .offered }
      let client = try AgentClient.ready(bench, withAck: isAcknowledged)
      var plan = LoadPlan(agent: "alice", count: 500)
      plan.queuedMax = 200
      _ = try bench.load(plan)
      var taken: [Int64] = []
      var rounds = 0
      while taken.count < 500, rounds < 20 {
        rounds += 1
        let id = client.connect()
        bench.pass(.zero)
        taken += try bench.numbers(id)
        if isAcknowledged {
          client.acknowledged = try bench.messages(id).last?["ext"]?["ack"]?.integer
        }
      }
      #expect(taken == Array(1...500))
      #expect((3...7).contains(rounds), "\(rounds) rounds")
    }
  }

  @Test func `thousands of notifications are published in moments`() throws {
    let bench = Bench { $0.webSocket = .offered }
    let client = try AgentClient.ready(bench)
    let socket = try client.openSocket()
    try client.connect(on: socket)
    let start = ContinuousClock.now
    _ = try bench.load(LoadPlan(agent: "alice", count: 20_000))
    #expect(ContinuousClock.now - start < .seconds(30))
    #expect(bench.takeRawFrames(socket).count == 20_000)
  }

  @Test func `a load can be stopped, and what makes no sense is refused`() throws {
    let bench = Bench()
    let client = try AgentClient.ready(bench)
    func ask(_ body: String) -> RequestID {
      bench.send(GWSRequest("POST", "/sim/notifications", body: Array(body.utf8)))
    }
    #expect(bench.answer(ask(#"{"agent":"alice","count":100,"perSecond":1}"#))?.status == 201)
    _ = bench.send(GWSRequest("DELETE", "/sim/notifications"))
    bench.pass(.seconds(5))
    #expect(try bench.numbers(client.connect()) == [1])
    let started = try bench.json(ask(#"{"count":2}"#))
    #expect(started["first"]?.integer == 1)
    #expect(started["agents"]?.integer == 2)
    for body in [
      #"{"count":0}"#, #"{"perSecond":1,"queuedMax":1,"agent":"alice"}"#, #"{"queuedMax":1}"#,
      #"{"count":100000000}"#, #"{"sizeBytes":"x"}"#,
    ] {
      #expect(bench.answer(ask(body))?.status == 400, "\(body)")
    }
    #expect(bench.answer(ask(#"{"agent":"eve"}"#))?.status == 404)
  }
}
