import Daemon
import Evidence
import Glibc
import HTTP
import JSON
import Store
import TestSupport
import Testing

/// The real daemon's checkpoints in a file, with a program, and before an authority.
@Suite(.serialized) struct AnchorTests {
  /// A ground whose daemon has all three anchors, and what stands behind the timestamps.
  private func withAnchors(_ body: (AuditGround, _ authority: String) throws -> Void) throws {
    var server: TimestampServer?
    defer { server?.stop() }
    try withGround(
      isSigned: true,
      anchors: { scene in
        let made = try TimestampServer(scene)
        server = made
        let script = "\(scene.folder)/keep.sh"
        try writeText(
          "env > \(scene.folder)/kept-env; ls -l /proc/$$/fd > \(scene.folder)/kept-fds\n"
            + "cat >> \(scene.folder)/kept; echo \"$1 has it\" >&2\n", to: script)
        return """
          { name: vault, file: \(scene.folder)/vault },
          { name: keeper, command: [/bin/sh, \(script), "a $(b) c"] },
          { name: tsa, timestamp: { url: "\(made.url)", ca: \(made.authority), every: 1s } }
          """
      }
    ) { ground in
      let authority = try #require(server?.authority)
      try ground.scene.wait(for: "the first timestamp") {
        try ground.storedLines().contains { $0.contains("recbridge.timestamp.v1") }
      }
      try body(try AuditGround(ground), authority)
    }
  }

  /// Tried: a program that gets another variable; one that inherits our descriptors; a last
  /// checkpoint that is left to the next run.
  @Test
  func `every anchor has what audit verify takes, and the last one of a clean stop`() throws {
    try withAnchors { audit, authority in
      let newest = try #require(readText(audit.newest))
      #expect(readText("\(audit.folder)/vault") == newest)
      #expect(readText("\(audit.folder)/kept")?.hasSuffix(newest) == true)
      for file in ["vault", "kept"] {
        let said = try audit.verify(
          audit.ground.bridge.store, "--anchor", "\(audit.folder)/\(file)", "--tsa", authority)
        #expect(said.code == 0, "\(said)")
        #expect(said.out.contains("their signatures lead to a certificate in \(authority)"))
      }
      let log = audit.ground.bridge.program.log
      #expect(log.contains(#"event=anchor-said anchor=keeper text="a $(b) c has it\n""#), "\(log)")
      let environment = readText("\(audit.folder)/kept-env") ?? ""
      let names = environment.split(separator: "\n").map { $0.prefix { $0 != "=" } }
      #expect(Set(names).isSubset(of: ["PATH", "PWD", "OLDPWD", "_", "RECBRIDGE_ANCHOR"]))
      // Its three streams, the script, and what ls was begun with.
      let open = (readText("\(audit.folder)/kept-fds") ?? "").split(separator: "\n")
      #expect(!open.contains { $0.contains("socket:") || $0.contains(".db") }, "\(open)")
    }
  }

  @Test
  func `the anchors and what is wrong with them are shown`() throws {
    try withGround(
      isSigned: true,
      anchors: { scene in
        "{ name: vault, file: \(scene.folder)/missing/vault },"
          + " { name: keeper, command: [/bin/sh, -c, \"echo full >&2; exit 3\"] }"
      }
    ) { ground in
      try ground.scene.wait(for: "both to fail") {
        let said = try ground.recbridge("audit", "anchors")
        return said.out.contains("status 3: full") && said.out.contains("No such file")
      }
      let ready = try #require(ground.bridge.get("/readyz"))
      #expect(ready.status == 200)
      let problems = try #require(try JSONValue.parse(ready.body)["anchors"])
      #expect(problems["keeper"]?.string?.contains("ended with status 3: full") == true)
      #expect(ground.bridge.program.log.contains("event=anchor-failing anchor=vault"))
      // The path is passed as a C string for the length of the call only.
      #expect(unsafe mkdir("\(ground.scene.folder)/missing", 0o700) == 0)
      try ground.scene.wait(for: "the file") {
        ground.bridge.program.log.contains("event=anchor-delivers anchor=vault")
      }
      let shown = try ground.recbridge("audit", "anchors", "--json").objects()
      #expect(shown.first?["problem"] == nil && (shown.first?["size"]?.integer ?? 0) > 0)
    }
  }

  /// Tried: without a configuration of openssl that the script makes itself.
  @Test(.enabled(if: MachineImage.canBeEntered, MachineImage.why))
  func `an export is verified on a machine without recbridge, timestamp and all`() throws {
    try withAnchors { audit, authority in
      let image = try MachineImage(audit.ground, tools: AuditExportTests.tools)
      let export = image.root + "/export"
      let made = try audit.ground.recbridge(
        "audit", "export", "--call", audit.call, "--to", export, "--store",
        audit.ground.bridge.store)
      #expect(made.code == 0, "\(made)")
      try image.copy(authority, to: "/tsa.pem")
      let clean = try image.run("/export/verify.sh", "/export/key.pem", "/tsa.pem")
      #expect(clean.code == 0, "\(clean)")
      #expect(clean.out.contains("verified: ") && clean.out.contains("timestamped: the checkpoint"))
      #expect(clean.out.contains("not proved: what the audio holds"))
      let alone = try image.run("/export/verify.sh")
      #expect(alone.code == 0 && alone.out.contains("timestamp not looked at"), "\(alone)")
      let foreign = try image.run("/export/verify.sh", "/export/key.pem", "/export/key.pem")
      #expect(foreign.code == 1, "\(foreign)")
      let last = try audit.withStore {
        try EntriesOfCall(audit.call).everything(in: $0).numbers.last ?? 0
      }
      for (tamper, said) in [
        ("sed -i s/Stopped/Paused/ \(last).json", "entry \(last) is not what was signed"),
        ("printf x >> timestamp.token", nil), ("cp 1 timestamp.token", "the timestamp is not"),
        ("rm timestamp.token", "there is no timestamp"),
      ] as [(String, String?)] {
        let words = "rm -rf t && cp -r export t && cd t && echo > 1 && \(tamper)"
        #expect(try audit.ground.run("/bin/sh", ["-c", "cd \(image.root) && \(words)"]).code == 0)
        let found = try image.run("/t/verify.sh", "/t/key.pem", "/tsa.pem")
        // Bytes behind a token are none of it.
        if let said { #expect(found.code == 1 && found.err.contains(said), "\(tamper): \(found)") }
      }
    }
  }
}
