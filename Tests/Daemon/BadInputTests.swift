import Configuration
import Daemon
import Glibc
import HTTPServer
import JSON
import Simulator
import Store
import Testing

/// One test for each kind of bad input: it gets a clear error or is kept, and the stream goes on.
@Suite(.serialized) struct BadInputTests {
  /// After whatever happened, a stop is confirmed as if nothing had.
  private func expectGoesOn(_ stage: Stage) throws {
    try stage.wait("in sync again") { try stage.get("/readyz").status == 200 }
    let call = try stage.recordedCall()
    let command = try stage.command("stop", call)
    #expect(command["grade"]?.string?.hasPrefix("confirmed.") == true)
  }

  @Test func `a web page with status 200 is quarantined and the session recovers`() throws {
    let stage = try Stage()
    defer { stage.close() }
    try stage.start()
    let call = try stage.recordedCall()
    stage.simulator.arm(Fault(.html(.bayeux, status: 200)))
    try stage.simulator.attachData(call, [(name: "note", value: Array("1".utf8))])
    let event = try stage.event("quarantine")
    #expect(event["data"]?["sizeBytes"]?.integer ?? 0 > 0)
    try expectGoesOn(stage)
  }

  @Test func `truncated JSON is quarantined, declared as a gap and resynchronised`() throws {
    let stage = try Stage()
    defer { stage.close() }
    try stage.start()
    let call = try stage.recordedCall()
    stage.simulator.arm(Fault(.truncate(.bayeux)))
    try stage.simulator.attachData(call, [(name: "note", value: Array("1".utf8))])
    _ = try stage.event("quarantine")
    let gap = try stage.event("gap") { $0["data"]?["cause"]?.string != "started" }
    #expect(gap["data"]?["resynced"]?.bool == true)
    #expect(gap["data"]?["from"]?.string != nil)
    try expectGoesOn(stage)
  }

  @Test func `an answer cut in the middle loses nothing without a declared gap`() throws {
    let stage = try Stage()
    defer { stage.close() }
    try stage.start()
    let call = try stage.recordedCall()
    stage.simulator.arm(Fault(.cut(.bayeux)))
    try stage.simulator.setRecording(call, .stopped)
    let gap = try stage.event("gap") { $0["data"]?["cause"]?.string != "started" }
    #expect(gap["data"]?["resynced"]?.bool == true)
    let change = try stage.event("recording") { $0["data"]?["to"]?.string == "Stopped" }
    #expect(change["data"]?["cause"]?.string == "unsolicited")
    try expectGoesOn(stage)
  }

  @Test func `invalid UTF-8 is quarantined with its bytes and its neighbours are published`() throws
  {
    let stage = try Stage()
    defer { stage.close() }
    try stage.start()
    let call = try stage.recordedCall()
    stage.simulator.arm(Fault(.invalidUTF8))
    try stage.simulator.attachData(call, [(name: "note", value: Array("1".utf8))])
    let event = try stage.event("quarantine")
    #expect(event["data"]?["reason"]?.string?.contains("UTF-8") == true)
    try expectGoesOn(stage)
  }

  @Test func `a notification without its call is quarantined with the member it lacks`() throws {
    let stage = try Stage()
    defer { stage.close() }
    try stage.start()
    let call = try stage.recordedCall()
    stage.simulator.arm(Fault(.withoutCall))
    try stage.simulator.attachData(call, [(name: "note", value: Array("1".utf8))])
    let event = try stage.event("quarantine")
    #expect(event["data"]?["reason"]?.string?.contains("data.call is missing") == true)
    #expect(event["data"]?["channel"]?.string == "/v2/me/calls")
    try expectGoesOn(stage)
    try stage.stop()
    let store = try Store.open(at: stage.configuration.store, access: .reading)
    defer { store.close() }
    let kept = try store.quarantine(after: 0, limit: 10)
    #expect(kept.count == 1)
    #expect(String(decoding: kept[0].bytes, as: UTF8.self).contains("CallStateChangeMessage"))
  }

  @Test func `userData of 300 KB passes whole`() throws {
    let stage = try Stage()
    defer { stage.close() }
    try stage.start()
    let call = try stage.recordedCall()
    stage.simulator.arm(Fault(.bigUserData(sizeBytes: 300_000)))
    try stage.simulator.attachData(call, [(name: "note", value: Array("1".utf8))])
    _ = try stage.event("call") { ($0["data"]?["raw"]?.raw.count ?? 0) > 300_000 }
    try expectGoesOn(stage)
  }

  @Test func `a store in a folder that is not there is refused with what to do`() throws {
    let stage = try Stage()
    defer { stage.close() }
    stage.configuration.store = stage.folder + "/missing/store.db"
    let error = try #require(throws: DaemonError.self) { try stage.start() }
    guard case .store(let store) = error else { throw error }
    #expect(store.kind == .notWritable)
    #expect(store.description.contains("/missing"))
    #expect(!store.nextStep.isEmpty)
  }

  @Test func `a file in the place of the socket is refused and stays`() throws {
    let stage = try Stage()
    defer { stage.close() }
    stage.configuration.socket = stage.folder + "/file"
    // The path is copied for the time of the call; the descriptor is closed at once.
    let descriptor = unsafe open(stage.configuration.socket, O_CREAT | O_WRONLY, 0o600)
    Glibc.close(descriptor)
    let error = try #require(throws: DaemonError.self) { try stage.start() }
    guard case .socket(let socket) = error else { throw error }
    #expect(socket.kind == .notASocket)
    #expect(unsafe access(stage.configuration.socket, F_OK) == 0)
  }

  @Test func `a second daemon on the same store is refused`() throws {
    let stage = try Stage()
    defer { stage.close() }
    try stage.start()
    let second = try Stage()
    defer { second.close() }
    second.configuration.store = stage.configuration.store
    let error = try #require(throws: DaemonError.self) { try second.start() }
    guard case .store(let store) = error else { throw error }
    #expect(store.kind == .locked)
    #expect(error.isTemporary)
  }
}
