import Crypto
import Evidence
import Glibc
import Store
import TestSupport
import Testing

/// An entry as the bridge writes it: a grade, and a record that says the same as JSON.
private func entry(_ number: Int64, _ operation: String, _ grade: String, _ more: String) -> Change
{
  let record =
    #"{"cursor":"s.\#(number)","time":"2026-11-21T10:15:0\#(number).118Z","#
    + #""command":"c\#(number)","agent":"alice","call":"5f2c","operation":"\#(operation)","#
    + #""status":"final","grade":"\#(grade)",\#(more)}"#
  return .entry(
    StoredEntry(
      sequence: number, type: "recbridge.command.v1", wallMicroseconds: number,
      record: Array(record.utf8)))
}

private func acknowledgement(_ number: Int64) -> Change {
  let record =
    #"{"cursor":"s.3","time":"2026-11-21T10:15:03.118Z","witness":"operator","command":"c2","#
    + #""agent":"alice","call":"5f2c","operation":"pause","grade":"unconfirmed","#
    + #""by":{"uid":7,"name":"eve"},"why":"heard silence"}"#
  return .entry(
    StoredEntry(
      sequence: number, type: "recbridge.acknowledgement.v1", wallMicroseconds: number,
      record: Array(record.utf8)))
}

private func event(_ number: Int64) -> Change {
  .event(
    StoredEvent(
      sequence: number, type: "recbridge.command.v1", agent: "alice", call: "5f2c",
      wallMicroseconds: number, line: Array("{}".utf8)))
}

private func withStore(_ body: (Store) throws -> Void) throws {
  try withFolder { folder in
    let store = try Store.open(
      at: "\(folder)/store.db",
      access: .writing(identityIfNew: "s", TreeHasher { SHA256.hash($0, $1) }))
    defer { store.close() }
    try body(store)
  }
}

@Test func `the audit lists how each stop and pause ended while the daemon writes`() throws {
  try withStore { store in
    let nothing = try recbridge(["audit", "list", "--store", store.path])
    #expect(nothing.out == "no Stop or Pause has ended yet\n")
    try store.commit([
      event(1),
      entry(
        1, "stop", "confirmed.notified",
        #""latencyMs":91.482,"evidence":{"kind":"notification","state":"Stopped"}"#),
      event(2), entry(2, "pause", "unconfirmed", #""evidence":{"kind":"deadline"}"#),
      event(3), acknowledgement(3),
    ])
    let listed = try recbridge(["audit", "list", "--store", store.path])
    #expect(listed.code == 0)
    let lines = listed.lines.map { line in
      line.split(separator: " ").map(String.init).joined(separator: " ")
    }
    #expect(
      lines == [
        "TIME COMMAND OPERATION CALL AGENT GRADE LATENCY WITNESS RECORDING SEEN TO WHY",
        "2026-11-21T10:15:01.118Z c1 stop 5f2c alice confirmed.notified 91 ms notification Stopped"
          + " - -",
        "2026-11-21T10:15:02.118Z c2 pause 5f2c alice unconfirmed - deadline - - -",
        "2026-11-21T10:15:03.118Z c2 pause 5f2c alice unconfirmed - operator - eve heard silence",
        "not proved: what the audio holds; the entries say what the platform's control plane showed",
      ])
    let json = try recbridge(["audit", "list", "--json", "--store", store.path])
    #expect(json.lines.count == 3)
    #expect(json.lines[1].hasPrefix(#"{"cursor":"s.2","time":"#))
  }
}

@Test func `fsck says what it read, and by its exit code whether all is well`() throws {
  try withStore { store in
    try store.commit([event(1), entry(1, "stop", "satisfied", #""evidence":{}"#)])
    let sound = try recbridge(["fsck", store.path])
    #expect(sound.code == 0)
    #expect(sound.out.hasPrefix("\(store.path): sound; store s, events 1 to 1; read "))
    store.close()
    try damage(store.path, replacing: "satisfied", with: "confirmed")
    let damaged = try recbridge(["fsck", store.path])
    #expect(damaged.code == 65)
    #expect(damaged.lines.count >= 2)
    #expect(damaged.lines.last?.hasPrefix("\(store.path): damaged; ") == true, "\(damaged.out)")
  }
}

/// Overwrites a text in a file where it stands.
private func damage(_ path: String, replacing old: String, with new: String) throws {
  // The path is a C string for the call; the buffer and its count belong together.
  let descriptor = unsafe open(path, O_RDWR | O_CLOEXEC)
  try #require(descriptor >= 0)
  defer { close(descriptor) }
  var bytes: [UInt8] = []
  while let more = readSome(descriptor) { bytes += more }
  let place = try #require(bytes.firstRange(of: Array(old.utf8)))
  let replacement = Array(new.utf8)
  try #require(replacement.count == place.count)
  let written = unsafe pwrite(descriptor, replacement, replacement.count, place.lowerBound)
  try #require(written == replacement.count)
}
