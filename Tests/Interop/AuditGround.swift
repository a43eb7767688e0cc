import Daemon
import Evidence
import Glibc
import HTTP
import JSON
import Store
import TestSupport
import Testing

/// A store that a real daemon has written, with several checkpoints, and copies of it to spoil.
final class AuditGround {
  let ground: Ground
  var scene: Scene { ground.scene }
  var folder: String { scene.folder }
  var keyFile: String { "\(folder)/audit.key" }
  /// What keygen printed.
  let publicKey: String
  /// A call of which a Stop was confirmed.
  let call: String
  /// Checkpoints in files: the first one, the newest, and all of them as events.
  var older: String { "\(folder)/older" }
  var newest: String { "\(folder)/newest" }
  var events: String { "\(folder)/events" }
  private var copies = 0

  /// The key that `audit keygen` makes goes into the configuration.
  ///
  /// - Parameter anchors: the elements of `anchors` in YAML's flow style.
  static func configuration(_ scene: Scene, anchors: String = "") throws -> String {
    let process = try ChildProcess(
      builtExecutable(),
      ["audit", "keygen", "\(scene.folder)/audit.key", "--name", "audit.example/hq"],
      output: .file("\(scene.folder)/audit.pub"), errors: .file("\(scene.folder)/keygen.err"))
    try scene.wait(for: "the key") { process.code != nil }
    try #require(process.code == 0, "\(readText("\(scene.folder)/keygen.err") ?? "")")
    return "audit: { key: { file: \(scene.folder)/audit.key }, heartbeat: 1s,"
      + " anchors: [\(anchors)] }"
  }

  /// Lets the daemon work until it has stopped a recording and signed some heartbeats, and ends it.
  init(_ ground: Ground) throws {
    self.ground = ground
    publicKey = try #require(
      readText("\(ground.scene.folder)/audit.pub")?.split(separator: "\n").first.map(String.init))
    call = try ground.stoppedCall()
    try Self.waitForHeartbeats(ground, 2)
    let first = try #require(ground.bridge.get("/v1/audit/checkpoint"))
    try #require(first.status == 200)
    try writeText(String(decoding: first.body, as: UTF8.self), to: "\(ground.scene.folder)/older")
    _ = try ground.stoppedCall()
    try Self.waitForHeartbeats(ground, 4)
    ground.bridge.stop()
    let lines = try ground.storedLines()
    try writeText(lines.map { $0 + "\n" }.joined(), to: events)
    let printed = try ground.recbridge("audit", "checkpoint", "--store", ground.bridge.store)
    try writeText(printed.out, to: newest)
  }

  private static func waitForHeartbeats(_ ground: Ground, _ count: Int) throws {
    try ground.scene.wait(for: "\(count) heartbeats, signed") {
      let events = try ground.storedLines().suffix(100)
      let beats = events.filter { $0.contains(#""type":"recbridge.heartbeat.v1""#) }
      return beats.count >= count
        && events.last?.contains(#""type":"recbridge.checkpoint.v1""#) == true
    }
  }

  /// The store as it is now.
  func withStore<Value>(_ body: (Store) throws -> Value) throws -> Value {
    let store = try Store.open(at: ground.bridge.store, access: .reading)
    defer { store.close() }
    return try body(store)
  }

  /// A copy of the store, changed by the sqlite3 shell. Its triggers are taken out before and put
  /// back behind, as somebody would who knows them.
  func copy(_ statements: String...) throws -> String {
    copies += 1
    let path = "\(folder)/copy-\(copies).db"
    #expect(try ground.run("/bin/cp", [ground.bridge.store, path]).code == 0)
    let triggers = try ground.run(
      "/usr/bin/sqlite3",
      [
        path,
        "SELECT 'DROP TRIGGER ' || name || ';' FROM sqlite_schema WHERE type = 'trigger';"
          + " SELECT sql || ';' FROM sqlite_schema WHERE type = 'trigger'",
      ])
    let lines = triggers.out.split(separator: "\n").map(String.init)
    let drops = lines.filter { $0.hasPrefix("DROP") }.joined(separator: "\n")
    let creates = lines.filter { !$0.hasPrefix("DROP") }.joined(separator: "\n")
    try #require(!drops.isEmpty && !creates.isEmpty)
    let script = ([drops] + statements + [creates]).joined(separator: "\n")
    let changed = try ground.run("/usr/bin/sqlite3", ["-bail", path, script])
    try #require(changed.code == 0, "\(changed.err)")
    return path
  }

  func verify(_ store: String, _ options: String...) throws -> Said {
    try ground.run(builtExecutable(), ["audit", "verify", store] + options)
  }

  /// The rows that somebody writes who makes the whole tree anew, from the entry `number` on with
  /// another record; and the note that a key signs of it.
  func rewritten(
    _ number: Int64, replacing old: String, with new: String, signedBy key: AuditKey
  ) throws -> (sql: String, note: String) {
    try withStore { store in
      var edge = RightEdge()
      var sql = ""
      try store.forEachEntry { entry in
        var record = entry.record
        if entry.number == number {
          let text = String(decoding: record, as: UTF8.self).replacing(old, with: new)
          record = Array(text.utf8)
        }
        var nodes: [UInt8] = []
        let leaf = EntryHashing.hasher.leaf(record)
        edge.append(leaf, EntryHashing.hasher) { $0.append(to: &nodes) }
        guard entry.number >= number else { return }
        sql +=
          "UPDATE entries SET nodes = x'\(Hex.text(nodes))',"
          + " record = x'\(Hex.text(record))' WHERE number = \(entry.number);\n"
      }
      let checkpoint = Checkpoint(
        origin: key.verifier.name, size: edge.size, root: edge.root(EntryHashing.hasher))
      return (sql, key.sign(checkpoint.text).description)
    }
  }
}
