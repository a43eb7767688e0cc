import Configuration
import HTTP
import JSON
import TestSupport
import Testing

@testable import recbridge

/// A server of which conversations are captured, behind a line that can be made bad, and what it
/// can be made to do.
final class CapturedServer {
  /// How long a connect is held: truly, and short enough to see its end.
  static let hold = Duration.seconds(3)

  /// With its version, for the transcript.
  let name: String
  let login: Login?
  let line: FaultProxy
  private let profile: Profile
  private let channels: [String]
  private let publish: (Int) throws -> Void
  /// It loses its sessions; whoever has a socket there may be told by its close.
  let forget: () throws -> Void

  /// Faye, which answers upgrades with the status `refusal` if there is one.
  init(faye scene: Scene, refusal: Int? = nil) throws {
    let faye = try FayeServer(
      scene, holdSeconds: Int(Self.hold / .seconds(1)), refusal: refusal)
    name = try #require(faye.version)
    login = nil
    line = try FaultProxy(reactor: scene.loop, upstreamPort: faye.port)
    profile = .bayeux
    channels = [FayeServer.channel]
    var published = 0
    publish = {
      try faye.emit($0, start: published)
      published += $0
    }
    forget = { try #require(try faye.forget() == 1) }
  }

  /// `recbridge simulate` in CometD's manner.
  init(simulator scene: Scene, acknowledges: Bool = false, hold: Duration = hold) throws {
    let program = try scene.begin(
      "simulator", builtExecutable(),
      ["simulate", "--listen", "127.0.0.1:0", "--agents", "1", "--websocket"]
        + ["--hold", String(Int(hold / .seconds(1)))] + (acknowledges ? ["--ack"] : []))
    name = "recbridge simulate \(VersionCommand.version), personality cometd"
    login = Login(user: "agent1", password: Secret("agent1"))
    let greeting = "listening http://127.0.0.1:"
    try scene.wait(for: "the simulator") { program.log.contains("\n") }
    let port = try #require(
      UInt16(program.log.split(separator: "\n")[0].dropFirst(greeting.count)))
    line = try FaultProxy(reactor: scene.loop, upstreamPort: port)
    profile = .gwsV2
    channels = profile.channels
    func ask(_ path: String, _ body: String) throws {
      let answer = scene.ask("POST", "http://127.0.0.1:\(port)/sim/\(path)", body: body)
      try #require(answer.map { $0.status < 300 } == true, "\(path): \(String(describing: answer))")
    }
    publish = { try ask("notifications", #"{"count":\#($0)}"#) }
    forget = { try ask("sessions/forget", "{}") }
  }

  /// Publishes so many more notifications, numbered on.
  func publish(_ count: Int) throws { try publish(count) }

  /// To be reached over the line.
  func platform(over transports: [Transport], livenessProbe: Duration) -> Platform {
    var platform = Platform(
      profile: profile, url: "http://127.0.0.1:\(line.port)", channels: channels,
      transports: transports)
    platform.livenessProbe = livenessProbe
    return platform
  }
}
