import Commands
import Configuration
import Crypto
import Daemon
import Evidence
import Glibc
import HTTPServer
import JSON
import Loop
import Simulator
import Store
import TestSupport
import Testing

/// What a daemon does with anchors that are slow, wrong or silent.
@Suite(.serialized) struct AnchorTests {
  private func signedStage(_ anchors: [Anchor]) throws -> Stage {
    let stage = try Stage()
    let key = try AuditKey(name: "test")
    stage.configuration.audit = AuditSettings(
      key: Secret(key.reveal()), heartbeat: .seconds(1), anchors: anchors)
    return stage
  }

  private func anchor(_ stage: Stage, _ index: Int = 0) throws -> JSONValue {
    let list = try #require(try stage.get("/v1/audit/anchors").json?["anchors"])
    return Array(list.elements)[index]
  }

  /// An authority that answers as the test says, one request after the other, and then well.
  private final class Authority {
    enum Mischief: CaseIterable { case garbage, busy, anotherNonce, anotherImprint, silence }

    let tsa: StampingAuthority
    var mischiefs: [Mischief]
    private var held: [Responder] = []

    init(_ folder: String, _ mischiefs: [Mischief]) throws {
      tsa = try StampingAuthority(in: folder)
      self.mischiefs = mischiefs
    }

    func handle(_ request: ServerRequest, _ responder: Responder) {
      let mischief = mischiefs.isEmpty ? nil : mischiefs.removeFirst()
      let imprint = SHA256.hash([1])
      let other = (try? TimestampQuery(imprint: imprint))?.bytes ?? []
      var answer = (try? tsa.answer(to: request.body)) ?? []
      switch mischief {
      case .silence: return held.append(responder)
      case .busy: return responder.respond(ServerResponse(status: 503))
      case .garbage: answer = Array("<html>".utf8)
      case .anotherImprint: answer = (try? tsa.answer(to: other)) ?? []
      // The same imprint, asked for by somebody else.
      case .anotherNonce:
        let stamped = Self.imprint(of: request.body)
        let again = (try? TimestampQuery(imprint: stamped))?.bytes ?? []
        answer = (try? tsa.answer(to: again)) ?? []
      case nil: break
      }
      responder.respond(ServerResponse(status: 200, body: answer))
    }

    /// A query's SHA-256 stands behind the only octet string of 32 bytes in it.
    private static func imprint(of query: [UInt8]) -> [UInt8] {
      guard let place = query.firstRange(of: [0x04, 0x20]) else { return [] }
      return Array(query[place.upperBound...].prefix(32))
    }
  }

  /// One mischief after the other, each told before the next answer is asked for.
  @Test
  func `a timestamp that does not count is told, asked for again, and never entered`() throws {
    try withFolder { folder in
      let authority = try Authority(folder, Authority.Mischief.allCases)
      let stage = try signedStage([])
      defer { stage.close() }
      let server = try HTTPServer(reactor: stage.loop) { authority.handle($0, $1) }
      defer { server.stop() }
      let port = try server.listen(onTCP: "127.0.0.1", port: 0)
      stage.configuration.audit.anchors = [
        Anchor(
          name: "tsa",
          destination: .timestamp(
            TimestampAuthority(
              url: "http://127.0.0.1:\(port)/", certificateAuthority: authority.tsa.authority)))
      ]
      try stage.start()
      for reason in [
        "the answer is no timestamp's", "status 503", "nonce mismatch", "message imprint mismatch",
      ] {
        try stage.wait("the log says: \(reason)") {
          stage.log.contains { $0.contains("event=anchor-failing") && $0.contains(reason) }
        }
      }
      try stage.wait("silence is told") { authority.mischiefs.isEmpty }
      #expect(try stage.events("timestamp").isEmpty)
      #expect(try stage.get("/readyz").json?["anchors"]?["tsa"] != nil)
      #expect(try anchor(stage)["problem"] != nil)
      let event = try stage.event("timestamp")
      try stage.wait("it is told to be over") {
        stage.log.contains { $0.contains("event=anchor-delivers anchor=tsa") }
      }
      #expect(try stage.get("/readyz").json?["anchors"] == nil)
      #expect(try anchor(stage)["size"]?.integer == event["data"]?["size"]?.integer)
      try expectGood(event, authority, stage)
      #expect(try Schema.violations(event) == [])
    }
  }

  private func expectGood(_ event: JSONValue, _ authority: Authority, _ stage: Stage) throws {
    let data = try #require(event["data"])
    let note = try #require(data["note"]?.string)
    let bytes = try #require(data["token"]?.string.flatMap { Base64.bytes($0) })
    let token = try TimestampToken(bytes)
    #expect(token.imprint == SHA256.hash(Array(note.utf8)))
    try token.verify(authority: authority.tsa.authority)
    #expect(data["stampedAt"]?.string == Timestamp.text(token.time))
    // Of the checkpoint that was the newest when it was asked for.
    #expect(try stage.events("checkpoint").contains { $0["data"]?["note"]?.string == note })
  }

  /// There is no heartbeat in the time of a test, so each checkpoint has to be tried again. Mutations
  /// tried: one that could not be kept is let go of; a failing anchor keeps it from those behind it.
  @Test func `an anchor that fails has the newest checkpoint later, and the others at once`() throws
  {
    try withFolder { folder in
      let stage = try signedStage([
        Anchor(name: "far", destination: .file("\(folder)/far/checkpoint")),
        Anchor(name: "near", destination: .file("\(folder)/near")),
      ])
      stage.configuration.audit.heartbeat = .seconds(3_600)
      defer { stage.close() }
      try stage.start()
      let call = try stage.recordedCall()
      try stage.wait("the far one fails") {
        stage.log.contains { $0.contains("event=anchor-failing anchor=far") }
      }
      _ = try stage.command("stop", call)
      func newest() throws -> String {
        String(decoding: try stage.get("/v1/audit/checkpoint").body, as: UTF8.self)
      }
      try stage.wait("the Stop is signed") { try stage.events("checkpoint").count == 2 }
      try stage.wait("the near one has it") { try readText("\(folder)/near") == newest() }
      #expect(try anchor(stage, 0)["problem"] != nil && anchor(stage, 1)["problem"] == nil)
      // The path is passed as a C string for the length of the call only.
      try #require(unsafe mkdir("\(folder)/far", 0o700) == 0)
      try stage.wait("the far one has it") {
        try readText("\(folder)/far/checkpoint") == newest()
      }
      try stage.wait("that is told") {
        stage.log.contains { $0.contains("event=anchor-delivers anchor=far") }
      }
      #expect(try stage.events("checkpoint").count == 2)
    }
  }

  /// The program waits for the test before it ends.
  @Test
  func `while a program runs checkpoints wait, and the newest alone is given next`() throws {
    try withFolder { folder in
      // The path is passed as a C string for the length of the call only.
      try #require(unsafe mkfifo("\(folder)/gate", 0o600) == 0)
      let script = """
        cat >> \(folder)/kept; echo end >> \(folder)/kept
        [ -e \(folder)/free ] || read -r line < \(folder)/gate
        """
      let stage = try signedStage([
        Anchor(name: "keeper", destination: .command(["/bin/sh", "-c", script]))
      ])
      defer { stage.close() }
      func kept() -> [Checkpoint] {
        (readText("\(folder)/kept") ?? "").split(separator: "end\n").compactMap {
          SignedNote(String($0)).flatMap { Checkpoint(text: $0.text) }
        }
      }
      try stage.start()
      try stage.wait("the first one") { kept().count == 1 }
      try stage.wait("three more are signed") { try stage.events("checkpoint").count >= 4 }
      #expect(kept().count == 1)
      try writeText("", to: "\(folder)/free")
      let waiting = try stage.events("checkpoint").compactMap { $0["data"]?["size"]?.integer }
      try writeText("go\n", to: "\(folder)/gate")
      try stage.wait("the second one") { kept().count >= 2 }
      #expect(kept()[1].size >= waiting.last ?? .max)
      try stage.stop()
      let store = try Store.open(at: stage.configuration.store, access: .reading)
      defer { store.close() }
      // The last word of a daemon that ends well is kept too.
      #expect(kept().last?.size == (try store.latestCheckpoint())?.size)
    }
  }
}
