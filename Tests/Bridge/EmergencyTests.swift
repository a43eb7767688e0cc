import Commands
import JSON
import Testing

@testable import Bridge

/// The rule of the fail-safe: what leaves while the store cannot be written.
@Suite struct EmergencyTests {
  private var bridge: Bridge
  private let now: Moment
  private var left: [String] = []
  private var waiting: [String] = []
  private var last: RequestID?
  private var replies: [Bridge.Reply] = []

  init() throws { (bridge, now) = try Self.fresh(.gwsV2) }

  private static func fresh(_ profile: Dialect.Profile) throws -> (Bridge, Moment) {
    let scene = try Scene(profile: profile)
    return (scene.bridge, scene.now)
  }

  private mutating func feed(_ input: Bridge.Input) { judge(bridge.handle(input, at: now)) }

  private mutating func judge(_ turn: Turn) {
    for effect in turn.effects {
      switch (effect, bridge.passage(of: effect)) {
      case (.request(let request), .leaves):
        left.append(request.target)
        last = request.id
      case (.request(let request), .waits): waiting.append(request.target)
      case (.reply(_, let reply), .leaves): replies.append(reply)
      case (_, .never): judge(bridge.refuse(effect, at: now))
      default: break
      }
    }
  }

  private mutating func ask(_ number: UInt64, _ operation: Operation) {
    feed(.asked(AskID(rawValue: number), Ask(call: "C1", operation: operation, origin: Origin())))
  }

  /// With `workspace-v3` the word that the platform is ready comes over the session, which waits.
  @Test(arguments: [Dialect.Profile.gwsV2, .workspaceV3])
  mutating func `the login and then the stop leave, a start is refused, all else waits`(
    profile: Dialect.Profile
  ) throws {
    (bridge, _) = try Self.fresh(profile)
    judge(bridge.storeLost(at: now))
    feed(.start)
    #expect(left.count == 1)
    ask(1, .stop)
    ask(2, .start)
    ask(3, .resume)
    #expect(left.count == 1)
    let body = profile == .gwsV2 ? #"{"statusCode":0,"user":{}}"# : #"{"status":{"code":1}}"#
    let login = try #require(last)
    feed(.answered(login, .response(status: 200, headers: [], body: Array(body.utf8))))
    #expect(left.count == 2)
    #expect(left.last?.contains("/calls/C1") == true)
    #expect(waiting.count == 1)
    #expect(waiting.last?.hasSuffix("handshake") == true)
    let refusals = replies.compactMap { reply in
      if case .refused(let refusal) = reply { refusal.reason } else { nil }
    }
    #expect(refusals == [.storeUnavailable, .storeUnavailable])
    #expect(replies.count == 3)
  }

  @Test mutating func `records are read back as they were written`() throws {
    judge(bridge.storeLost(at: now))
    ask(1, .pause)
    let command = try #require(bridge.ledger.open.first)
    for record in [
      EmergencyRecord.outage(at: .microseconds(1_800_000_000_000_001), reason: "full \"disk\"\n"),
      .moved(command, at: .microseconds(1_800_000_000_000_002)),
    ] {
      #expect(!record.document.contains(0x0A))
      #expect(EmergencyRecord(try JSONValue.parse(record.document)) == record)
    }
    #expect(EmergencyRecord(try JSONValue.parse(Array("{}".utf8))) == nil)
  }
}
