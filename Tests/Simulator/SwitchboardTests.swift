import JSON
import Simulator
import Testing

@Suite struct SwitchboardTests {
  private func ask(
    _ bench: Bench, _ method: String, _ path: String, _ body: String = ""
  ) throws -> JSONValue {
    let id = bench.send(GWSRequest(method, path, body: Array(body.utf8)))
    return try bench.json(id)
  }

  @Test func `a whole call can be played from outside`() throws {
    let bench = Bench()
    let client = try AgentClient.ready(bench)
    let created = try ask(
      bench, "POST", "/sim/calls",
      #"{"agent":"alice","state":"Ringing","from":"4711","userData":{"n":1,"o":{"a":"b"}}}"#)
    let call = try #require(created["id"]?.string)
    _ = try ask(bench, "POST", "/sim/calls/\(call)/state", #"{"state":"Established"}"#)
    _ = try ask(
      bench, "POST", "/sim/calls/\(call)/recording",
      #"{"state":"Recording","lying":"GSIP_RECORD"}"#)
    _ = try ask(bench, "POST", "/sim/calls/\(call)/userdata", #"{"n":2}"#)
    _ = try ask(bench, "POST", "/sim/calls/\(call)/burst", #"{"count":2}"#)
    _ = try ask(bench, "POST", "/sim/calls/\(call)/recording", #"{"state":null,"silent":true}"#)
    _ = try ask(bench, "DELETE", "/sim/calls/\(call)")

    let events = try bench.events(client.connect())
    #expect(
      events.map { $0["notificationType"]?.string } == [
        "StatusChange", "StatusChange", "CallRecordingStateChange", "AttachedDataChanged",
        "AttachedDataChanged", "AttachedDataChanged", "StatusChange",
      ])
    #expect(events[0]["call"]?["userData"]?["o"]?["a"]?.string == "b")
    #expect(events[2]["call"]?["recordingState"]?.string == "Recording")
    #expect(events[2]["call"]?["userData"]?["GSIP_RECORD"] == nil)
    #expect(events[3]["call"]?["userData"]?["n"]?.integer == 2)
    let known = try ask(bench, "GET", "/sim/calls/\(call)")
    #expect(known["state"]?.string == "Released")
    #expect(known["recording"]?.isNull == true)
    #expect(try ask(bench, "GET", "/sim/calls").elements.map { $0["id"]?.string } == [call])
  }

  @Test func `anything can be published, byte for byte`() throws {
    let bench = Bench()
    let client = try AgentClient.ready(bench)
    let held = client.connect()
    _ = try ask(
      bench, "POST", "/sim/publish",
      #"{"agent":"alice","channel":"/v2/me/calls","data":{"b": 1,  "a":[1.0]}}"#)
    #expect(
      try bench.messages(held)[0]["data"]?.raw.elementsEqual(#"{"b": 1,  "a":[1.0]}"#.utf8) == true)
    let next = client.connect()
    _ = try ask(
      bench, "POST", "/sim/publish",
      #"{"agent":"alice","channel":"/v2/me/calls","message":"{\"channel\":"}"#)
    #expect(bench.answer(next)?.body.starts(with: Array(#"[{"channel":,{"#.utf8)) == true)
  }

  @Test func `every kind of fault can be armed, listed and cleared`() throws {
    let bench = Bench()
    let kinds = [
      "unavailable", "html", "cut", "truncate", "refuse-login", "refuse-subscription",
      "refuse-connect", "stale-route", "refuse-upgrade", "silent-socket", "refuse-command",
      "ignore-command", "fail-command-late", "swallow-notification",
      "delay-notification", "notification-first", "drop-event", "duplicate-event", "swap-events",
      "invalid-utf8", "without-call", "big-userdata",
    ]
    for kind in kinds {
      let armed = try ask(bench, "POST", "/sim/faults", #"{"kind":"\#(kind)","count":2}"#)
      #expect(armed["id"]?.integer != nil, "\(kind)")
    }
    _ = try ask(
      bench, "POST", "/sim/faults", #"{"kind":"lying-witness","witness":"capabilities"}"#)
    #expect(Array(try ask(bench, "GET", "/sim/faults").elements).count == kinds.count + 1)
    _ = try ask(bench, "DELETE", "/sim/faults/1")
    #expect(Array(try ask(bench, "GET", "/sim/faults").elements).count == kinds.count)
    _ = try ask(bench, "DELETE", "/sim/faults")
    #expect(Array(try ask(bench, "GET", "/sim/faults").elements).isEmpty)
  }

  @Test func `a fault strikes as often as it was told, or until it is cleared`() throws {
    let bench = Bench()
    let client = try AgentClient.ready(bench)
    func status() -> Int? { bench.answer(client.send("GET", "/api/v2/me/calls"))?.status }
    _ = try ask(
      bench, "POST", "/sim/faults",
      #"{"kind":"unavailable","paths":"rest","retryAfterSeconds":1,"count":2}"#)
    #expect([status(), status(), status()] == [503, 503, 200])
    _ = try ask(
      bench, "POST", "/sim/faults",
      #"{"kind":"html","paths":"rest","httpStatus":502,"count":"forever","agent":"alice"}"#)
    #expect([status(), status(), status()] == [502, 502, 502])
    _ = try ask(bench, "DELETE", "/sim/faults")
    #expect(status() == 200)
  }

  @Test func `sessions are listed and can be forgotten, cut and expired`() throws {
    let bench = Bench()
    let client = try AgentClient.ready(bench)
    let held = client.connect()
    let listed = try ask(bench, "GET", "/sim/sessions").elements.map { $0 }
    #expect(listed.map { $0["clientId"]?.string } == [client.clientID])
    #expect(listed[0]["isHeld"]?.bool == true)
    #expect(listed[0]["subscriptions"]?.elements.map(\.string) == ["/v2/me/calls"])
    _ = try ask(bench, "POST", "/sim/sessions/cut", #"{"agent":"alice"}"#)
    #expect(bench.cuts[held] == 0)
    _ = try ask(bench, "POST", "/sim/sessions/forget", "{}")
    #expect(Array(try ask(bench, "GET", "/sim/sessions").elements).isEmpty)
    _ = try ask(bench, "POST", "/sim/sessions/expire-http", "{}")
    let status = try ask(bench, "GET", "/sim/status")
    #expect(status["httpSessions"]?.integer == 0)
    #expect(status["handshakes"]?.integer == 1)
  }

  @Test(arguments: [
    ("POST", "/sim/faults", #"{"kind":"flood"}"#, 400), ("POST", "/sim/faults", "{", 400),
    ("POST", "/sim/faults", #"{"kind":"cut","count":0}"#, 400),
    ("POST", "/sim/faults", #"{"kind":"cut","paths":"some"}"#, 400),
    ("POST", "/sim/calls", #"{"agent":"carol"}"#, 404), ("GET", "/sim/calls/x", "", 404),
    ("POST", "/sim/calls/x/burst", #"{"count":1}"#, 404), ("GET", "/sim/nothing", "", 400),
    ("POST", "/sim/sessions/forget", #"{"mode":"softly"}"#, 400),
    ("POST", "/sim/publish", #"{"agent":"alice","channel":"/x"}"#, 400),
  ])
  func `a mistake at the switchboard is answered with what was expected`(
    method: String, path: String, body: String, status: Int
  ) throws {
    let bench = Bench()
    let id = bench.send(GWSRequest(method, path, body: Array(body.utf8)))
    #expect(bench.answer(id)?.status == status)
    #expect(try bench.json(id)["error"]?.string?.isEmpty == false)
  }
}
