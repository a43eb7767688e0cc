import Bayeux
import Configuration
import Foundation
import TestSupport
import Testing

/// Conversations of the session machine with real servers over real connections. Each must be
/// complete, in order and the same when it is replayed. `RECBRIDGE_RECORD=1` writes them to
/// `Fixtures/transcripts`; look at the difference before you keep it.
@Suite(.serialized) struct CaptureTests {
  enum Server {
    case faye, refusingFaye, cometd, acknowledgingCometd, patientCometd

    func begin(_ scene: Scene) throws -> CapturedServer {
      switch self {
      case .faye: try CapturedServer(faye: scene)
      case .refusingFaye: try CapturedServer(faye: scene, refusal: 403)
      case .cometd: try CapturedServer(simulator: scene)
      case .acknowledgingCometd: try CapturedServer(simulator: scene, acknowledges: true)
      case .patientCometd: try CapturedServer(simulator: scene, hold: .seconds(30))
      }
    }

    func transport(prefersSocket: Bool) -> String {
      let transport = prefersSocket ? "WebSocket" : "long-polling"
      switch self {
      case .faye, .cometd, .patientCometd: return transport
      case .refusingFaye: return "long-polling, because WebSocket is refused"
      case .acknowledgingCometd: return transport + " with acknowledgements"
      }
    }
  }

  // Notifications at once and after a hold, a broken connection, a forgotten session, with
  // acknowledgements a killed process, a goodbye.
  @Test(arguments: [
    ("faye-long-polling", Server.faye, false), ("faye-websocket", .faye, true),
    ("faye-upgrade-refused", .refusingFaye, true), ("cometd-long-polling", .cometd, false),
    ("cometd-websocket", .cometd, true),
    ("cometd-long-polling-ack", .acknowledgingCometd, false),
    ("cometd-websocket-ack", .acknowledgingCometd, true),
  ])
  func `a conversation with breaks and losses is complete`(
    name: String, server: Server, prefersSocket: Bool
  ) throws {
    try capture(name, server, prefersSocket: prefersSocket, livenessProbe: .seconds(2)) {
      scene, server, capture in
      try server.publish(3)
      try scene.wait(for: "the first notifications") { capture.sequences.count == 3 }
      let before = capture.status.lastGoodConnect ?? .zero
      try scene.wait(for: "the end of a held connect") {
        (capture.status.lastGoodConnect ?? .zero) > before + CapturedServer.hold / 2
      }
      let breaks = capture.breaks
      server.line.cut()
      try scene.wait(for: "a session that goes on") {
        capture.breaks > breaks && capture.isListening
      }
      try server.publish(2)
      try scene.wait(for: "what came after the break") { capture.sequences.count == 5 }
      try server.forget()
      try scene.wait(for: "another session") {
        capture.status.generation == 2 && capture.isListening
      }
      try server.publish(2)
      try scene.wait(for: "what came to the other session") { capture.sequences.count == 7 }
      guard capture.status.usesAck else { return }
      try scene.wait(for: "a session that can be resumed") {
        capture.transcript.session.saved != nil
      }
      try capture.killAndResume()
      try server.publish(1)
      try scene.wait(for: "what came to the next process") { capture.sequences.count == 8 }
      #expect(capture.effects.contains(.continued(generation: 2)))
    }
  }

  // The line takes everything and brings nothing, until the ping's answer is missed; what is still
  // in the old socket is read while the next one opens.
  @Test func `a stalled socket is read on while the next one opens`() throws {
    try capture(
      "cometd-websocket-stalled", .patientCometd, prefersSocket: true, livenessProbe: .seconds(60)
    ) { scene, server, capture in
      try server.publish(2)
      try scene.wait(for: "the first notifications") { capture.sequences.count == 2 }
      server.line.stall()
      try server.publish(2)
      let first = capture.status.transport
      try scene.wait(for: "a ping without its answer") {
        capture.inputs.contains { if case .socket(_, .stalled) = $0 { true } else { false } }
      }
      try server.line.resume()
      try scene.wait(for: "what was in the silent socket") {
        capture.sequences.count == 4 && capture.isListening
      }
      #expect(first == .webSocket && capture.status.transport == .webSocket)
      try server.publish(1)
      try scene.wait(for: "what came over the next one") { capture.sequences.count == 5 }
    }
  }

  /// A conversation that did not go on as it should, as far as it went.
  private struct Broken: Error, CustomStringConvertible {
    let cause: any Error
    let lines: [String]

    var description: String { "\(cause)\n\(lines.joined(separator: "\n"))" }
  }

  private func capture(
    _ name: String, _ server: Server, prefersSocket: Bool, livenessProbe: Duration,
    _ body: (Scene, CapturedServer, Capture) throws -> Void
  ) throws {
    try withScene { scene in
      let transport = server.transport(prefersSocket: prefersSocket)
      let server = try server.begin(scene)
      defer { server.line.close() }
      let platform = server.platform(
        over: prefersSocket ? [.webSocket, .longPolling] : [.longPolling],
        livenessProbe: livenessProbe)
      let capture = Capture(
        scene, server: server.name, transport: transport, platform, login: server.login)
      defer { capture.close() }
      capture.add(.start)
      try scene.wait(for: "a session") { capture.isListening }
      do { try body(scene, server, capture) } catch {
        throw Broken(cause: error, lines: capture.transcript.lines)
      }
      capture.add(.stop)
      try scene.wait(for: "the goodbye") { capture.effects.last == .stopped }
      let first = try #require(capture.sequences.first)
      #expect(capture.sequences == (0..<Int64(capture.sequences.count)).map { first + $0 })
      let lines = capture.transcript.lines
      #expect(try Transcript.difference(replaying: lines) == nil)
      guard ProcessInfo.processInfo.environment["RECBRIDGE_RECORD"] != nil else { return }
      try writeText(
        lines.joined(separator: "\n") + "\n",
        to: "\(packageFolder)/Tests/Fixtures/transcripts/\(name).jsonl")
    }
  }
}
