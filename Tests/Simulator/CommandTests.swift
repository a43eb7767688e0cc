import JSON
import Simulator
import Testing

@Suite struct CommandTests {
  /// A client with one call and a held connect.
  private func prepare(
    _ recording: RecordingState?, _ adjust: (inout SimulatorSettings) -> Void = { _ in }
  ) throws -> (bench: Bench, client: AgentClient, call: String) {
    let bench = Bench(adjust)
    let call = try bench.createCall(recording)
    let client = try AgentClient.ready(bench)
    return (bench, client, call)
  }

  @Test func `a Stop is accepted at once and notified after a while, all witnesses agreeing`()
    throws
  {
    let (bench, client, call) = try prepare(.recording)
    let held = client.connect()
    bench.pass(.seconds(35))
    let next = client.connect()
    let id = client.command("StopCallRecording", on: call)
    #expect(bench.answer(id)?.body == Array(#"{"statusCode":0}"#.utf8))
    bench.pass(.milliseconds(19))
    #expect(bench.isHeld(next))
    bench.pass(.milliseconds(1))
    #expect(!bench.isHeld(held))

    let data = try #require(try bench.events(next).first)
    #expect(data["messageType"]?.string == "CallStateChangeMessage")
    #expect(data["notificationType"]?.string == "CallRecordingStateChange")
    #expect(data["phoneNumber"]?.string == "5001")
    #expect(data["metrics"]?["eventProcessing"]?["serverGenerationTimestamp"]?.integer != nil)
    let body = try #require(data["call"])
    #expect(body["id"]?.string?.count == 32)
    #expect(body["callUuid"] == body["id"])
    #expect(body["connId"]?.string?.count == 16)
    #expect(body["state"]?.string == "Established")
    #expect(body["duration"]?.string == "35")
    #expect(body["participants"]?.elements.first { _ in true }?["digits"]?.string == "15550100")
    #expect(body["recordingState"]?.string == "Stopped")
    #expect(body["userData"]?["GSIP_RECORD"]?.string == "OFF")
    #expect(body["userData"]?["IW_CaseUid"]?.string != nil)
    #expect(body["path"]?.string == "/calls/\(call)")
    let capabilities = body["capabilities"]?.elements.compactMap(\.string) ?? []
    #expect(capabilities.filter { $0.hasSuffix("CallRecording") } == ["StartCallRecording"])
  }

  @Test(
    arguments: [
      (nil, "StartCallRecording"), (.stopped, "StartCallRecording"),
      (.recording, "StopCallRecording"), (.recording, "PauseCallRecording"),
      (.paused, "StopCallRecording"), (.paused, "ResumeCallRecording"),
    ] as [(RecordingState?, String)])
  func `exactly the operations that a call offers are accepted`(
    state: RecordingState?, legal: String
  ) throws {
    let offered = [
      "StartCallRecording", "StopCallRecording", "PauseCallRecording", "ResumeCallRecording",
    ]
    for operation in offered {
      let (bench, client, call) = try prepare(state)
      let one = try bench.json(client.send("GET", "/api/v2/me/calls/\(call)"))["call"]
      let isOffered = one?["capabilities"]?.elements.contains { $0.isString(operation) } == true
      if operation == legal { #expect(isOffered) }
      let code = try bench.json(client.command(operation, on: call))["statusCode"]?.integer
      #expect(code == (isOffered ? 0 : 2))
    }
  }

  @Test func `each recording of a call has a file name of its own, a resumed one keeps its`() throws
  {
    let (bench, client, call) = try prepare(nil)
    var names: [String] = []
    for operation in ["Start", "Pause", "Resume", "Stop", "Start"] {
      _ = client.command("\(operation)CallRecording", on: call)
      bench.pass(.milliseconds(20))
      let one = try bench.json(client.send("GET", "/api/v2/me/calls/\(call)"))["call"]
      names.append(one?["userData"]?["GSIP_REC_FN"]?.string ?? "")
    }
    #expect(names[0].hasPrefix("\(call)_5001_15550100_5001_2015-10-16_14-00-00_"))
    #expect(Set(names[0...3]).count == 1)
    #expect(names[4] != names[0])
  }

  @Test func `a released call tells nothing about its recording and takes no command`() throws {
    let (bench, client, call) = try prepare(.recording)
    _ = client.connect()
    let held = client.connect()
    _ = client.command("Hangup", on: call)
    bench.pass(.milliseconds(20))
    let body = try #require(try bench.events(held).first?["call"])
    #expect(body["state"]?.string == "Released")
    #expect(body["recordingState"] == nil)
    #expect(body["userData"] == nil)
    #expect(body["capabilities"]?.raw.count == 2)
    let id = client.command("StopCallRecording", on: call)
    #expect(bench.answer(id)?.status == 404)
    #expect(try bench.json(id)["statusCode"]?.integer == 6)
    #expect(
      try bench.json(client.send("GET", "/api/v2/me/calls", query: ["fields": "*"]))["calls"]?.raw
        .count == 2)
  }

  @Test func `the list of calls has addresses, or whole calls when asked`() throws {
    let (bench, client, call) = try prepare(.paused)
    let uris = try bench.json(client.send("GET", "/api/v2/me/calls"))["uris"]
    #expect(
      uris?.elements.first { _ in true }?.string?.hasSuffix("/api/v2/me/calls/\(call)") == true)
    let list = try bench.json(client.send("GET", "/api/v2/me/calls", query: ["fields": "*"]))
    let states = list["calls"]?.elements.map { $0["recordingState"]?.string }
    #expect(states == ["Paused"])
  }

  @Test(arguments: [
    (#"{}"#, 1), ("", 1), (#"{"operationName":"Levitate"}"#, 10),
  ])
  func `a command that is not understood is refused`(body: String, code: Int64) throws {
    let (bench, client, call) = try prepare(.recording)
    let id = client.send("POST", "/api/v2/me/calls/\(call)", body: body)
    #expect(try bench.json(id)["statusCode"]?.integer == code)
    #expect(bench.answer(id)?.status == 400)
  }

  @Test func `commands are counted for each call and operation, refused ones too`() throws {
    let (bench, client, call) = try prepare(.recording)
    for _ in 0..<2 {
      _ = client.command("StopCallRecording", on: call)
      bench.pass(.milliseconds(20))
    }
    let known = try #require(bench.model.call(call))
    #expect(known.received == ["StopCallRecording": 2])
    #expect(known.accepted == ["StopCallRecording": 1])
    #expect(known.recording == .stopped)
  }

  @Test func `a call that nobody commands can change by itself, and one witness can lie`() throws {
    let (bench, client, call) = try prepare(.recording)
    for witness in Witness.allCases {
      _ = client.connect(#","advice":{"timeout":0}"#)
      let held = client.connect()
      try bench.change { try $0.setRecording(call, .recording) }
      let next = client.connect()
      try bench.change { try $0.setRecording(call, .stopped, lying: witness) }
      let shown = try witnesses(try bench.events(next).first)
      #expect(!bench.isHeld(held))
      for other in Witness.allCases {
        #expect(shown[other] == (other == witness ? .recording : .stopped))
      }
      // A snapshot lies in the same way.
      let one = try bench.json(client.send("GET", "/api/v2/me/calls/\(call)"))
      #expect(try witnesses(one) == shown)
    }
  }

  private func witnesses(_ data: JSONValue?) throws -> [Witness: RecordingState] {
    let call = try #require(data?["call"])
    var shown: [Witness: RecordingState] = [:]
    shown[.recordingState] = call["recordingState"]?.string.flatMap { RecordingState(rawValue: $0) }
    shown[.attachedData] =
      ["ON": .recording, "OFF": .stopped][call["userData"]?["GSIP_RECORD"]?.string ?? ""]
    let capabilities = call["capabilities"]?.elements.compactMap(\.string) ?? []
    shown[.capabilities] = capabilities.contains("PauseCallRecording") ? .recording : .stopped
    return shown
  }

  @Test func `a call can ring, be answered, held and taken back`() throws {
    let bench = Bench()
    var plan = CallPlan(agent: "alice")
    plan.state = .ringing
    let call = try bench.change { try $0.createCall(plan) }
    let client = try AgentClient.ready(bench)
    for (operation, state) in [
      ("Answer", "Established"), ("Hold", "Held"), ("Retrieve", "Established"),
    ] {
      _ = client.command(operation, on: call)
      bench.pass(.milliseconds(20))
      #expect(bench.model.call(call)?.state.rawValue == state)
    }
  }

  /// Random operations, at random distances, legal or not. Whatever is asked: a command is accepted
  /// exactly when the call offered it, the witnesses of every notification agree, and the file name
  /// changes with each Start that takes effect and never else.
  ///
  /// Mutations tried, each fails within the first seeds: `allows` accepting every operation;
  /// `setRecording` not comparing with `.stopped` (a second recording keeps the name of the first);
  /// `attachedValue` of `paused` being ON; `apply` without its second look at `allows`.
  @Test func `notifications are consistent whatever is asked`() throws {
    let operations = [
      "StartCallRecording", "StopCallRecording", "PauseCallRecording", "ResumeCallRecording",
    ]
    let shownByData: [String?: String?] = [
      "ON": "Recording", "OFF": "Stopped", "PAUSED": "Paused", nil: nil,
    ]
    for seed in 1...seedCount {
      var random = TestGenerator(state: seed)
      let (bench, client, call) = try prepare(nil) { $0.seed = seed }
      var names: [String] = []
      var starts = 0
      var lastState: String?
      for _ in 0..<20 {
        let before = try #require(bench.model.call(call))
        let operation = operations.randomElement(using: &random) ?? ""
        let id = client.command(operation, on: call)
        let offered = capabilities(of: before.recording)
        let code = try bench.json(id)["statusCode"]?.integer
        #expect(code == (offered.contains(operation) ? 0 : 2), "seed \(seed): \(operation)")
        bench.pass(.milliseconds(Int.random(in: 1...30, using: &random)))
        let poll = client.connect(#","advice":{"timeout":0}"#)
        for data in try bench.events(poll) {
          let shown = try #require(data["call"])
          let state = shown["recordingState"]?.string
          let record = shown["userData"]?["GSIP_RECORD"]?.string
          #expect(shownByData[record] == state, "seed \(seed): GSIP_RECORD")
          let listed = shown["capabilities"]?.elements.compactMap(\.string) ?? []
          let expected = capabilities(of: state.flatMap { RecordingState(rawValue: $0) })
          #expect(listed.filter { $0.hasSuffix("CallRecording") } == expected, "seed \(seed)")
          let name = shown["userData"]?["GSIP_REC_FN"]?.string ?? ""
          if state == "Recording", lastState != "Recording", lastState != "Paused" { starts += 1 }
          if names.last != name { names.append(name) }
          lastState = state
        }
      }
      #expect(Set(names).count == names.count, "seed \(seed): a name came back")
      #expect(names.count == starts, "seed \(seed): recordings and names differ")
    }
  }

  private func capabilities(of state: RecordingState?) -> [String] {
    switch state {
    case nil, .stopped: ["StartCallRecording"]
    case .recording: ["PauseCallRecording", "StopCallRecording"]
    case .paused: ["ResumeCallRecording", "StopCallRecording"]
    }
  }
}
