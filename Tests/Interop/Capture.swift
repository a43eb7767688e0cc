import Bayeux
import Bridge
import Configuration
import JSON
import Loop
import Reactor
import TestSupport
import Testing

@testable import Daemon

/// The session machine on the daemon's own ways to a platform, HTTP and WebSocket, with a record of
/// the conversation. What is delivered counts as on disk at the end of the turn, as in the daemon.
final class Capture {
  private static let agent = "agent1"

  private let scene: Scene
  private let configuration: Configuration
  private let settings: BridgeSettings
  private let start: Duration
  private(set) var transcript: Transcript
  private(set) var inputs: [Session.Input] = []
  private(set) var effects: [Session.Effect] = []
  private var inbox: [Session.Input] = []
  private var platform: PlatformClient?
  private var sockets: PlatformSockets?
  private var timer: (any ReactorTimer)?

  /// - Parameters:
  ///   - server: its name and version, for people.
  ///   - transport: what the conversation is about, for people.
  init(_ scene: Scene, server: String, transport: String, _ platform: Platform, login: Login?) {
    self.scene = scene
    configuration = Configuration(
      site: "capture", platform: platform, store: "", socket: "",
      agents: [Agent(name: Self.agent, login: login)])
    settings = BridgeSettings(configuration, store: "")
    start = scene.loop.now
    transcript = Transcript(
      server: server, transport: transport, settings: settings.session, seed: 1)
    timer = scene.loop.makeTimer { [unowned self] in add(.timer) }
    scene.loop.onTurnEnd = { [unowned self] in turn() }
    connect()
  }

  /// Ends everything without a word to the server.
  func close() {
    scene.loop.onTurnEnd = nil
    timer?.cancel()
    disconnect()
  }

  var status: Session.Status { transcript.session.status }

  /// The session can be relied on: whatever is published from now on comes.
  var isListening: Bool { status.isReady && !status.isInterrupted }

  /// The numbers of the notifications, as they came.
  var sequences: [Int64] {
    effects.flatMap { effect -> [Int64] in
      guard case .deliver(_, let deliveries) = effect else { return [] }
      return deliveries.compactMap {
        let data = $0.data
        return (data?["seq"] ?? data?["call"]?["userData"]?["Sequence"])?.integer
      }
    }
  }

  /// Breaks that it was told of.
  var breaks: Int {
    inputs.count {
      switch $0 {
      case .replied(_, .failed), .socket(_, .closed), .socket(_, .stalled): true
      default: false
      }
    }
  }

  /// An input for the end of this turn of the loop.
  func add(_ input: Session.Input) {
    inbox.append(input)
    scene.loop.requestTurn()
  }

  /// The process is gone, its connections with it, and the next one takes up the session.
  func killAndResume() throws {
    let keepsake = try #require(platform?.keepsake(of: Self.agent))
    disconnect()
    inbox = []
    let isSaved = transcript.restart(at: now)
    try #require(isSaved)
    connect()
    try #require(platform?.restore(keepsake, of: Self.agent) == true)
    add(.start)
  }

  // MARK: - The edges

  private var now: Duration { scene.loop.now - start }

  private func connect() {
    let platform = PlatformClient(
      configuration, dialect: settings.dialect, loop: scene.loop, seed: 1, note: { _ in },
      answered: { [unowned self] id, answer in
        add(.replied(ExchangeID(id.rawValue), Session.Reply(answer)))
      })
    self.platform = platform
    sockets = PlatformSockets(
      configuration.platform, platform: platform, loop: scene.loop, note: { _ in },
      happened: { [unowned self] id, event in add(.socket(SocketID(id.rawValue), event)) })
  }

  private func disconnect() {
    sockets?.close()
    platform?.close()
    sockets = nil
    platform = nil
  }

  private func turn() {
    while !inbox.isEmpty {
      let input = inbox.removeFirst()
      inputs.append(input)
      let effects = transcript.feed(input, at: now)
      self.effects += effects
      for effect in effects { perform(effect) }
    }
  }

  private func perform(_ effect: Session.Effect) {
    switch effect {
    case .send(let exchange):
      platform?.send(PlatformRequest(exchange, of: Self.agent, settings.dialect))
    case .cancel(let id): platform?.cancel(RequestID(rawValue: id.number))
    case .open(let id): sockets?.open(SocketRequest(id, of: Self.agent, settings.dialect))
    case .transmit(let id, let bytes): sockets?.send(bytes, on: ConnectionID(rawValue: id.number))
    case .close(let id): sockets?.close(ConnectionID(rawValue: id.number))
    case .forgetCookies: platform?.forgetCookies(of: Self.agent)
    case .deliver(let batch, _): inbox.append(.journaled(batch: batch))
    case .wake(let time): timer?.start(after: max(time - now, .zero))
    case .quarantine, .changed, .ready, .interrupted, .resumed, .continued, .notResumed,
      .authenticationNeeded, .stopped:
      break
    }
  }
}
