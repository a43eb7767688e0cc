import Daemon
import Evidence
import Glibc
import HTTP
import JSON
import Store
import TestSupport
import Testing

/// What an auditor does without us.
///
/// Mutations of verify.sh tried, each found: the root not compared; the note in a proof not
/// compared with the checkpoint; keys of other kinds let through. Of `audit verify`: a key that was
/// replaced still counts.
@Suite(.serialized) struct AuditExportTests {
  /// What a plain system has. `openssl` and `sha256sum` are all that is not part of any shell.
  static let tools = [
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
      let numbers = try audit.withStore { try EntriesOfCall(audit.call).everything(in: $0).numbers }
      #expect(numbers.count >= 5)
      let modes = try audit.ground.run("/usr/bin/stat", ["-c", "%a", export, "\(export)/README"])
      #expect(modes.lines == ["750", "640"])
      let clean = try check(audit, export)
      #expect(clean.code == 0, "\(clean)")
      #expect(
        clean.out.contains("verified: \(numbers.count) entries of the audit audit.example/hq"))
      #expect(clean.out.contains("not proved: what the audio holds"))
      #expect(clean.out.contains("entries can be left out of an export without a trace"))
      // What it does not look at it names, whatever that is called.
      try writeText("verified\n", to: "\(export)/.hidden")
      try writeText("verified\n", to: "\(export)/9.JSON")
      let more = try check(audit, export)
      for name in ["README", ".hidden", "9.JSON"] {
        #expect(more.code == 0 && more.lines.contains("not checked: \(name)"), "\(more)")
      }
      #expect(readText("\(export)/README")?.contains("It does not check this README") == true)
      for key in ["\(export)/key.pem", "\(export)/key.vkey", "\(audit.folder)/audit.pub"] {
        #expect(try check(audit, export, key).code == 0, "\(key)")
        let same = try audit.verify(ground.bridge.store, "--key", key)
        #expect(same.code == 0, "\(same)")
        #expect(same.out.contains("signed with the key that was given"), "\(same)")
      }
      let print = try #require(readText("\(audit.folder)/audit.pub")?.split(separator: " ").last)
      #expect(clean.out.contains("key fingerprint (SHA-256): \(print)"))
      try refuseKeys(audit, export)
      try tamper(audit, export, numbers)
      try forge(audit, export)
      try single(audit, export)
      let again = try ground.recbridge(
        "audit", "export", "--call", audit.call, "--to", export, "--store", ground.bridge.store)
      #expect(again.code == 1)
      let unknown = try ground.recbridge(
        "audit", "export", "--call", "nobody's", "--to", export + "2", "--store",
        ground.bridge.store)
      #expect(unknown.code == 65)
    }
  }

  /// Another key in either form, and what is no key.
  private func refuseKeys(_ audit: AuditGround, _ export: String) throws {
    let other = try AuditKey(name: "audit.example/hq").verifier
    let files = [
      ("other.pem", other.pem, "the checkpoint is not signed with"),
      ("other.vkey", "\(other)\n", "the checkpoint is not signed with"),
      ("spoiled.vkey", "audit.example/hq+00000000+AAAA\n", "is no key of the audit"),
      ("none", "nothing\n", "is no public key"),
    ]
    for (name, text, why) in files {
      try writeText(text, to: "\(audit.folder)/\(name)")
      let said = try check(audit, export, "\(audit.folder)/\(name)")
      #expect(said.code == 1 && said.err.contains(why), "\(name): \(said)")
      let verified = try audit.verify(
        audit.ground.bridge.store, "--key", "\(audit.folder)/\(name)")
      #expect(verified.code == 65, "\(name): \(verified)")
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
      (
        "cp \(last).json 18446744073709551625.json; cp \(last).tlog-proof 18446744073709551625"
          + ".tlog-proof", "", "is named for no entry"
      ),
      ("rm \(last).json", "", "has no entry"), ("rm \(last).tlog-proof", "", "has no proof"),
      ("sed -i '2s/.*/1000000/' checkpoint", "", "the checkpoint's signature is wrong"),
      ("sed -i '1s/hq/xx/' checkpoint", "", "the checkpoint is not signed with"),
      ("sed -i 5d checkpoint", "", "the checkpoint is not signed with"),
      (
        "openssl genpkey -algorithm ed25519 | openssl pkey -pubout -out key.pem", "",
        "the checkpoint is not signed with"
      ),
      ("sed -i 's/+A/+B/' key.vkey", "", "key.vkey is not the key that signed"),
      ("sed -i 's/^audit/other/' key.vkey", "", "key.vkey is not the key that signed"),
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

  /// A folder with the script of the export.
  private func folder(_ name: String, _ audit: AuditGround, _ export: String) throws -> String {
    let folder = "\(audit.folder)/\(name)"
    let made = try audit.ground.run(
      "/bin/sh", ["-c", "mkdir \(folder) && cp \(export)/verify.sh \(folder)"])
    try #require(made.code == 0, "\(made)")
    return folder
  }

  /// What shows the genuine fingerprint must have the genuine key.
  private func forge(_ audit: AuditGround, _ export: String) throws {
    let forged = try folder("forged", audit, export)
    try ForgedExport.write(to: forged, audit)
    let said = try check(audit, forged)
    #expect(said.code == 1, "\(said)")
    #expect(said.err.contains("key.pem is no Ed25519 key"), "\(said)")
    // A signature with something between the id and the last 64 bytes.
    let long = "\(audit.folder)/long"
    let stuffed = try audit.ground.run(
      "/bin/sh",
      [
        "-c",
        "cp -r \(export) \(long) && cd \(long) && value=$(sed -n 5p checkpoint | cut -d' ' -f3) &&"
          + " printf %s $value | openssl base64 -d -A > v && longer=$( (head -c 4 v; printf x;"
          + " tail -c 64 v) | openssl base64 -A) && sed -i \"5s|$value|$longer|\" checkpoint"
          + " *.tlog-proof && rm v && for proof in *.tlog-proof; do (sed '/^$/,$d' $proof; echo;"
          + " cat checkpoint) > p && mv p $proof; done",
      ])
    try #require(stuffed.code == 0, "\(stuffed)")
    let longer = try check(audit, long)
    #expect(longer.code == 1, "\(longer)")
    #expect(longer.err.contains("the signature has not 64 bytes"), "\(longer)")
  }

  /// A tree of one entry, whose proof has no hashes.
  private func single(_ audit: AuditGround, _ export: String) throws {
    let single = try folder("single", audit, export)
    let key = try AuditKey(name: "audit.example/hq")
    let root = EntryHashing.hasher.leaf(Array("{}".utf8))
    let note = key.sign(Checkpoint(origin: "audit.example/hq", size: 1, root: root).text)
    try writeText("{}", to: "\(single)/1.json")
    try writeText(note.description, to: "\(single)/checkpoint")
    try writeText(key.verifier.pem, to: "\(single)/key.pem")
    let proof = ProofFile(InclusionProof(index: 0, hashes: []), note)
    try writeText(proof.description, to: "\(single)/1.tlog-proof")
    let said = try check(audit, single)
    #expect(said.code == 0, "\(said)")
    #expect(said.out.contains("verified: 1 entry "), "\(said)")
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
      let oldKey = try AuditKey(try #require(readText(audit.keyFile)))
      let next = try ground.recbridge(
        "audit", "keygen", "\(audit.folder)/next.key", "--name", "audit.example/hq", "--previous",
        audit.keyFile)
      #expect(next.code == 0, "\(next)")
      try replaceKey(audit, with: "next.key")
      let rotated = try audit.verify(ground.bridge.store, "--key", old)
      #expect(rotated.code == 0, "\(rotated)")
      #expect(rotated.out.contains(next.lines[0]))
      try signLater(audit, with: oldKey)
      let alone = try ground.recbridge(
        "audit", "keygen", "\(audit.folder)/alone.key", "--name", "audit.example/hq")
      try replaceKey(audit, with: "alone.key", isReady: false)
      #expect(audit.ground.bridge.program.log.contains("event=checkpoint-refused"))
      let taken = try audit.verify(ground.bridge.store, "--key", old)
      #expect(taken.code == 65, "\(taken)")
      #expect(taken.out.contains("a key that is not trusted"))
      let keys = "\(audit.folder)/keys"
      try writeText("\(old)\n\(alone.lines[0])\n", to: keys)
      let unsigned = try audit.verify(ground.bridge.store, "--key", keys)
      #expect(unsigned.out.contains("the checkpoint of entry "), "\(unsigned)")
    }
  }

  /// The key of before signs what came after its time, and a checkpoint of another audit.
  private func signLater(_ audit: AuditGround, with key: AuditKey) throws {
    let newest = try #require(try audit.withStore { try $0.latestCheckpoint() })
    let note = try #require(SignedNote(newest.note))
    let late = try audit.copy(
      "UPDATE checkpoints SET note = '\(key.sign(note.text))' WHERE note = '\(newest.note)';")
    let said = try audit.verify(late, "--key", audit.publicKey)
    #expect(said.code == 65, "\(said)")
    #expect(said.out.contains("it is signed by audit.example/hq+\(key.verifier.idText), and from"))
    let first = try #require(try audit.withStore { try $0.checkpoints(after: 0, limit: 1).first })
    let foreign = first.note.replacing("audit.example/hq\n", with: "audit.example/xx\n")
    let text = try #require(SignedNote(foreign)).text
    let other = try audit.copy(
      "UPDATE checkpoints SET note = '\(key.sign(text))' WHERE note = '\(first.note)';")
    let named = try audit.verify(other, "--key", audit.publicKey)
    #expect(named.code == 65, "\(named)")
    #expect(named.out.contains("it is of the audit audit.example/xx, and signed by"), "\(named)")
  }

  /// Another key in the place of the one that the configuration names, and a run with it.
  private func replaceKey(
    _ audit: AuditGround, with name: String, isReady: Bool = true
  ) throws {
    let moved = try audit.ground.run("/bin/cp", ["\(audit.folder)/\(name)", audit.keyFile])
    #expect(moved.code == 0)
    try audit.ground.bridge.begin()
    if isReady {
      try audit.ground.bridge.waitUntilReady()
    } else {
      try audit.ground.scene.wait(for: "a start") { audit.ground.bridge.get("/readyz") != nil }
    }
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
