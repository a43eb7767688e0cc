import Evidence
import Glibc
import HTTP
import JSON
import Store
import TestSupport
import Testing

/// What an auditor does without us.
///
/// Mutations of verify.sh tried, each found: the root not compared; the note in a proof not compared
/// with the checkpoint.
@Suite(.serialized) struct AuditExportTests {
  /// What a plain system has. `openssl` and `sha256sum` are all that is not part of any shell.
  private static let tools = [
    "sh", "openssl", "sha256sum", "sed", "cut", "cat", "head", "tail", "mktemp", "rm", "mv",
    "dirname", "basename",
  ]

  /// A folder with nothing else in it to run.
  private func toolbox(_ audit: AuditGround) throws -> String {
    let folder = "\(audit.folder)/bin"
    #expect(unsafe mkdir(folder, 0o755) == 0)
    for tool in Self.tools {
      let places = ["/usr/bin/\(tool)", "/bin/\(tool)"]
      let path = try #require(places.first { path in unsafe access(path, X_OK) == 0 })
      // The paths are copied for the call.
      #expect(unsafe symlink(path, "\(folder)/\(tool)") == 0)
    }
    return folder
  }

  private func check(_ audit: AuditGround, _ export: String, _ key: String? = nil) throws -> Said {
    try audit.ground.run(
      "\(audit.folder)/bin/sh", ["\(export)/verify.sh"] + (key.map { [$0] } ?? []),
      environment: ["PATH": "\(audit.folder)/bin"])
  }

  @Test func `an export is verified with openssl and sha256sum alone, and each tamper is found`()
    throws
  {
    try withGround(isSigned: true) { ground in
      let audit = try AuditGround(ground)
      _ = try toolbox(audit)
      let export = "\(audit.folder)/export"
      let made = try ground.recbridge(
        "audit", "export", "--call", audit.call, "--to", export, "--store", ground.bridge.store)
      #expect(made.code == 0, "\(made)")
      let numbers = try audit.withStore { try $0.entryNumbers(ofCall: audit.call) }
      #expect(numbers.count >= 5)
      let clean = try check(audit, export)
      #expect(clean.code == 0, "\(clean)")
      #expect(
        clean.out.contains("verified: \(numbers.count) entries of the audit audit.example/hq"))
      #expect(clean.out.contains("not proved: what the audio holds"))
      #expect(try check(audit, export, "\(export)/key.pem").code == 0)
      try tamper(audit, export, numbers)
      let again = try ground.recbridge(
        "audit", "export", "--call", audit.call, "--to", export, "--store", ground.bridge.store)
      #expect(again.code == 1)
      let unknown = try ground.recbridge(
        "audit", "export", "--call", "nobody's", "--to", export + "2", "--store",
        ground.bridge.store)
      #expect(unknown.code == 65)
    }
  }

  private func tamper(_ audit: AuditGround, _ export: String, _ numbers: [Int64]) throws {
    let first = try #require(numbers.first)
    let last = try #require(numbers.last)
    let other = try audit.ground.recbridge(
      "audit", "keygen", "\(audit.folder)/other.key", "--name", "audit.example/hq")
    #expect(other.code == 0)
    let tampers: [(String, String, said: String)] = [
      ("sed -i s/Stopped/Paused/ \(last).json", "", "entry \(last) is not what was signed"),
      ("printf x >> \(first).json", "", "entry \(first) is not what was signed"),
      ("cp \(first).json \(last).json", "", "entry \(last) is not what was signed"),
      (
        "cp \(first).tlog-proof \(last).tlog-proof", "",
        "the proof of entry \(last) is for another"
      ),
      ("sed -i 3d \(last).tlog-proof", "", "entry \(last)"),
      ("rm \(last).json", "", "has no entry"), ("rm \(last).tlog-proof", "", "has no proof"),
      ("sed -i '2s/.*/1000000/' checkpoint", "", "the checkpoint's signature is wrong"),
      ("sed -i '1s/hq/xx/' checkpoint", "", "the checkpoint is not signed with"),
      ("sed -i 5d checkpoint", "", "the checkpoint is not signed with"),
      (
        "openssl genpkey -algorithm ed25519 | openssl pkey -pubout -out key.pem", "",
        "the checkpoint is not signed with"
      ),
    ]
    for (number, tamper) in tampers.enumerated() {
      let copy = "\(audit.folder)/export-\(number)"
      let done = try audit.ground.run(
        "/bin/sh", ["-c", "cp -r \(export) \(copy) && cd \(copy) && \(tamper.0)"])
      try #require(done.code == 0, "\(done)")
      let said = try check(audit, copy)
      #expect(said.code == 1, "\(tamper.0): \(said)")
      #expect(said.err.contains("NOT VERIFIED: "), "\(tamper.0): \(said)")
      #expect(said.err.contains(tamper.said), "\(tamper.0): \(said)")
    }
  }

  @Test func `a proof and a checkpoint come from the socket as from the store`() throws {
    try withGround(isSigned: true) { ground in
      _ = try ground.stoppedCall()
      let checkpoint = try #require(ground.bridge.get("/v1/audit/checkpoint"))
      #expect(checkpoint.status == 200)
      let proof = try #require(ground.bridge.get("/v1/audit/proof/1"))
      #expect(proof.status == 200)
      #expect(String(decoding: proof.body, as: UTF8.self).hasPrefix("c2sp.org/tlog-proof@v1\n"))
      #expect(ground.bridge.get("/v1/audit/proof/100000")?.status == 404)
      #expect(ground.bridge.get("/v1/audit/proof/0")?.status == 400)
      ground.bridge.stop()
      let printed = try ground.recbridge("audit", "proof", "1", "--store", ground.bridge.store)
      #expect(printed.code == 0)
      #expect(printed.out.hasPrefix("c2sp.org/tlog-proof@v1\nindex 0\n"))
    }
  }

  @Test func `a key is replaced by one that it has signed for, and by no other`() throws {
    try withGround(isSigned: true) { ground in
      let audit = try AuditGround(ground)
      let old = audit.publicKey
      let next = try ground.recbridge(
        "audit", "keygen", "\(audit.folder)/next.key", "--name", "audit.example/hq", "--previous",
        audit.keyFile)
      #expect(next.code == 0, "\(next)")
      try replaceKey(audit, with: "next.key")
      let rotated = try audit.verify(ground.bridge.store, "--key", old)
      #expect(rotated.code == 0, "\(rotated)")
      #expect(rotated.out.contains(next.lines[0]))
      let alone = try ground.recbridge(
        "audit", "keygen", "\(audit.folder)/alone.key", "--name", "audit.example/hq")
      try replaceKey(audit, with: "alone.key")
      let taken = try audit.verify(ground.bridge.store, "--key", old)
      #expect(taken.code == 65, "\(taken)")
      #expect(taken.out.contains("a key that is not trusted"))
      let keys = "\(audit.folder)/keys"
      try writeText("\(old)\n\(alone.lines[0])\n", to: keys)
      #expect(try audit.verify(ground.bridge.store, "--key", keys).code == 0)
    }
  }

  /// Another key in the place of the one that the configuration names, and a run with it.
  private func replaceKey(_ audit: AuditGround, with name: String) throws {
    let moved = try audit.ground.run("/bin/cp", ["\(audit.folder)/\(name)", audit.keyFile])
    #expect(moved.code == 0)
    try audit.ground.bridge.begin()
    try audit.ground.bridge.waitUntilReady()
    audit.ground.bridge.stop()
  }

  @Test func `a key that others can read starts nothing`() throws {
    try withGround(isSigned: true) { ground in
      ground.bridge.stop()
      let key = "\(ground.scene.folder)/audit.key"
      #expect(unsafe chmod(key, 0o640) == 0)
      let said = try ground.recbridge("check-config", "\(ground.scene.folder)/bridge.yaml")
      #expect(said.code == 78)
      #expect(said.err.contains("others may read or write \(key)"), "\(said)")
      #expect(unsafe chmod(key, 0o600) == 0)
      try writeText("no key\n", to: key)
      let bad = try ground.recbridge("check-config", "\(ground.scene.folder)/bridge.yaml")
      #expect(bad.code == 78)
      #expect(bad.err.contains("it is no key that recbridge audit keygen has written"), "\(bad)")
    }
  }
}
