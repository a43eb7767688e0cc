import Glibc
import HTTP
import JSON
import Simulator
import TestSupport
import Testing

/// The built executable on a small file system of its own that is really full. A process tree with
/// mounts of its own needs rights that not every machine gives; the daemon's own tests have the
/// same faults below SQLite and need none.
@Suite(.serialized) struct EmergencyTests {
  @Test(.enabled(if: SmallDisk.isPossible))
  func `on a full disk a stop leaves, a kill forgets nothing, and space is all it needs`() throws {
    try withScene { scene in
      var settings = SimulatorSettings(
        agents: [SimulatedAgent(name: "alice", password: "secret", phoneNumber: "5001")])
      settings.acknowledgement = .offered
      let simulator = Simulator(settings: settings, loop: scene.loop)
      defer { simulator.stop() }
      let disk = try SmallDisk(scene, platform: "http://127.0.0.1:\(try simulator.start())")
      var plan = CallPlan(agent: "alice")
      plan.recording = .recording
      let calls = [try simulator.createCall(plan), try simulator.createCall(plan)]

      // It fills up while the daemon runs.
      var daemon = try disk.begin()
      try scene.wait(for: "readiness") { disk.status("/readyz") == 200 }
      try disk.fill()
      let first = try disk.command("stop", calls[0], key: "k1")
      try scene.wait(for: "the evidence") { daemon.log.contains("status=accepted") }
      #expect(disk.status("/readyz") == 503)
      #expect(try disk.ask("start", calls[0], key: nil).status == 503)
      daemon.kill()

      // The next process finds it full.
      daemon = try disk.begin()
      try scene.wait(for: "an answer") { disk.status("/readyz") == 503 }
      let second = try disk.command("pause", calls[1], key: "k2")
      #expect(try disk.command("stop", calls[0], key: "k1") == first)
      try scene.wait(for: "the evidence") {
        daemon.log.split(separator: "\n").contains {
          $0.contains("command=\(second)") && $0.contains("status=accepted")
        }
      }
      #expect(try disk.ask("resume", calls[1], key: nil).status == 503)

      // The same process finds space, and the store has the whole story.
      try disk.free()
      try scene.wait(for: "readiness") { disk.status("/readyz") == 200 }
      #expect(daemon.code == nil)
      let events = try disk.events()
      let told = events.filter { $0["data"]?["emergency"]?.bool == true }
      #expect(Set(told.compactMap { $0["data"]?["command"]?.string }) == [first, second])
      let outages = events.filter { $0["type"]?.string == "recbridge.outage.v1" }
      #expect(outages.count == 1)
      let moved = outages.first?["data"]?["commands"]?.elements.compactMap(\.string)
      #expect(moved == [first, second])
      for id in [first, second] {
        try scene.wait(for: "the grade of \(id)") {
          let reply = scene.ask(
            "GET", "http://localhost/v1/commands/\(id)?wait=5", socket: disk.socket)
          let json = try JSONValue.parse(reply?.body ?? [])
          return json["grade"]?.string?.hasPrefix("confirmed.") == true
        }
      }
      #expect(try disk.command("stop", calls[0], key: "k1") == first)
      #expect(daemon.terminate(within: .seconds(60)) == 0)
    }
  }
}

/// A file system of a few megabytes, seen by one process tree only, and the daemon in that tree.
final class SmallDisk {
  /// The reserve, the store and its log, and little more.
  private static let size = "6m"

  let scene: Scene
  let socket: String
  private let folder: String
  private let holder: Program

  /// Whether this machine lets a process mount something for itself.
  static var isPossible: Bool {
    let mount = "mount -t tmpfs -o size=1m tmpfs /tmp"
    guard
      let child = try? ChildProcess(
        "/usr/bin/unshare", ["--mount", "/bin/sh", "-c", mount], output: .file("/dev/null"),
        errors: .file("/dev/null"))
    else { return false }
    return child.wait() == 0
  }

  init(_ scene: Scene, platform: String) throws {
    self.scene = scene
    folder = "\(scene.folder)/disk"
    socket = "\(scene.folder)/r.sock"
    try writeText("secret\n", to: "\(scene.folder)/password")
    try writeText(
      """
      site: hq
      platform: { profile: gws-v2, url: "\(platform)" }
      store: \(folder)/store.db
      socket: \(socket)
      commands: { deadline: 60s }
      agents: [{ name: alice, user: alice, password: { file: \(scene.folder)/password } }]
      """, to: "\(scene.folder)/disk.yaml")
    // Holds the mount, so that it outlives each daemon.
    let script = """
      set -e
      mkdir \(folder)
      mount -t tmpfs -o size=\(Self.size) tmpfs \(folder)
      echo mounted
      exec sleep 1000
      """
    holder = try scene.begin("holder", "/usr/bin/unshare", ["--mount", "/bin/sh", "-c", script])
    let holder = holder
    try scene.wait(for: "the mount") { holder.log.contains("mounted") }
  }

  /// Runs a program where the small file system is seen.
  private func enter(_ name: String, _ path: String, _ arguments: [String]) throws -> Program {
    let target = String(holder.process.identifier)
    return try scene.begin(
      name, "/usr/bin/nsenter", ["--mount", "--target", target, path] + arguments)
  }

  func begin() throws -> Program {
    try enter("daemon", builtExecutable(), ["run", "--config", "\(scene.folder)/disk.yaml"])
  }

  /// Takes the last byte that is free.
  func fill() throws {
    try shell("dd if=/dev/zero of=\(folder)/filler bs=4096 2>/dev/null || true")
  }

  func free() throws { try shell("rm \(folder)/filler") }

  private func shell(_ script: String) throws {
    let program = try enter("shell", "/bin/sh", ["-c", script])
    try scene.wait(for: script) { program.code != nil }
    #expect(program.code == 0)
  }

  func status(_ path: String) -> Int? {
    scene.ask("GET", "http://localhost\(path)", socket: socket)?.status
  }

  func ask(_ operation: String, _ call: String, key: String?) throws -> HTTPResponse {
    let keyMember = key.map { #","key":"\#($0)""# } ?? ""
    let body = #"{"call":"\#(call)","operation":"\#(operation)"\#(keyMember)}"#
    return try #require(
      scene.ask("POST", "http://localhost/v1/commands", body: body, socket: socket))
  }

  /// Issues a command, or finds the one of the key; its id.
  func command(_ operation: String, _ call: String, key: String) throws -> String {
    let reply = try ask(operation, call, key: key)
    let text = String(decoding: reply.body, as: UTF8.self)
    return try #require(JSONValue.parse(reply.body)["command"]?.string, "\(text)")
  }

  func events() throws -> [JSONValue] {
    let reply = try #require(
      scene.ask("GET", "http://localhost/v1/events?after=earliest&limit=10000", socket: socket))
    let lines = reply.body.split(separator: UInt8(ascii: "\n"))
    return try lines.map { try JSONValue.parse(Array($0)) }
  }
}
