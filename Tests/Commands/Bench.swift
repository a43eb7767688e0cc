import Calls
import JSON

@testable import Commands

/// A ledger, a clock, and short names for what is fed to it.
struct Bench {
  var ledger: Ledger
  var now = Moment(monotonic: .seconds(100), wall: .seconds(1_800_000_000))
  private var asked = 0
  private var events: Int64 = 0

  init(_ settings: LedgerSettings = LedgerSettings()) { ledger = Ledger(settings: settings) }

  mutating func feed(_ input: Input) -> [Effect] { ledger.handle(input, at: now) }

  /// Lets time pass and delivers the wake-up at its end.
  mutating func pass(_ duration: Duration) -> [Effect] {
    now.monotonic += duration
    now.wall += duration
    return feed(.wake)
  }

  @discardableResult
  mutating func ask(
    _ operation: Operation, key: String? = nil, call: String = "c1", agent: String = "alice",
    mode: CommandMode = .send, known: Known = Known(verdict: .notEnough, isExact: true),
    isForced: Bool = false, canLook: Bool = false, isNotified: Bool = true
  ) -> [Effect] {
    asked += 1
    return feed(
      .asked(
        Request(
          id: "k\(asked)", key: key, agent: agent, call: call, operation: operation, mode: mode,
          origin: Origin(uid: 1000, gid: 1000, name: "eve"), known: known, isForced: isForced,
          canLook: canLook, isNotified: isNotified)))
  }

  @discardableResult
  mutating func see(
    _ verdict: Verdict, call: String = "c1", agent: String = "alice", isEnded: Bool = false,
    isRecordingChange: Bool = false, operationId: String? = nil,
    source: Observation.Source = .notification, askedAt: Duration? = nil
  ) -> [Effect] {
    events += 1
    return feed(
      .observed(
        Observation(
          agent: agent, call: call, verdict: verdict, recordingFile: "file-\(events)",
          isEnded: isEnded, isRecordingChange: isRecordingChange, operationId: operationId,
          source: source, askedAt: askedAt, event: events)))
  }

  /// The look that is under way at a call, asked for now unless said otherwise, shows this.
  @discardableResult
  mutating func look(
    _ verdict: Verdict, call: String = "c1", agent: String = "alice", isEnded: Bool = false,
    askedAt: Duration? = nil
  ) -> [Effect] {
    events += 1
    let capabilities: Set<Capability> =
      switch verdict.state {
      case .recording: [.pauseRecording, .stopRecording]
      case .paused: [.resumeRecording, .stopRecording]
      case .stopped: [.startRecording]
      default: []
      }
    return feed(
      .looked(
        Look(agent: agent, call: call),
        .shown(
          Observation(
            agent: agent, call: call, verdict: verdict,
            witnesses: Witnesses(
              recordingState: verdict.state, gsipRecord: nil, capabilities: capabilities),
            isEnded: isEnded, source: .look, askedAt: askedAt ?? now.monotonic, event: events))))
  }

  /// The look that is under way at a call fails.
  mutating func fail(call: String = "c1", after wish: Duration? = nil) -> [Effect] {
    feed(
      .looked(
        Look(agent: "alice", call: call), .failed(reason: "HTTP status 503", retryAfter: wish)))
  }

  func grade(_ id: String) -> Grade? { ledger.command(id)?.grade }

  /// Ends the process: a new ledger gets what the old one made durable, as text.
  mutating func restart(after pause: Duration = .seconds(1)) throws -> [Effect] {
    let ids = ledger.book.entries.values.sorted { $0.order < $1.order }.map(\.command)
    let records = try ids.map { try roundTrip($0) }
    ledger = Ledger(settings: ledger.settings)
    now = Moment(monotonic: .seconds(5), wall: now.wall + pause)
    return ledger.restore(records, at: now)
  }
}

func record(_ command: Command) -> [UInt8] {
  JSONWriter.write { writer in writer.object(command.write) }
}

func roundTrip(_ command: Command) throws -> Command {
  try Command(record: JSONValue.parse(record(command)))
}

extension [Effect] {
  var sends: [String] {
    compactMap { if case .send(let command) = $0 { command.id } else { nil } }
  }

  var looks: [Look] { compactMap { if case .look(let look) = $0 { look } else { nil } } }

  var moves: [Command] {
    compactMap { if case .moved(let command) = $0 { command } else { nil } }
  }

  var refusals: [Refusal] {
    compactMap { if case .refused(_, let refusal) = $0 { refusal } else { nil } }
  }
}
