import Bridge
import Store

/// What waits while the store cannot be written: the rows of the turns, to be committed together
/// and in order, and after them the effects.
struct EmergencyHold {
  /// Of the rows. No connect leaves, so each session adds one batch at most and then only its
  /// timers; a process that still gets here ends, and what was acknowledged to nobody comes again.
  static let sizeMaxBytes = 64 << 20
  /// What a row costs beside its bytes.
  private static let rowBytes = 256

  private(set) var changes: [Change] = []
  private(set) var effects: [Bridge.Effect] = []
  private var sizeBytes = 0

  var isOverfull: Bool { sizeBytes > Self.sizeMaxBytes }

  mutating func add(_ changes: [Change]) {
    for change in changes { sizeBytes += Self.rowBytes + change.sizeBytes }
    self.changes += changes
  }

  mutating func add(_ effect: Bridge.Effect) {
    sizeBytes += Self.rowBytes
    effects.append(effect)
  }
}

extension Change {
  /// Of what it holds of any length.
  fileprivate var sizeBytes: Int {
    switch self {
    case .event(let event): event.line.count
    case .command(let command): command.record.count
    case .call(let call): call.record.count
    case .callEnded: 0
    case .entry(let entry): entry.record.count
    case .checkpoint(let checkpoint): checkpoint.note.utf8.count
    case .quarantine(let message): message.bytes.count
    case .session(let session): session.record.count
    case .group, .groupRemoved: 0
    case .removal(.line(_, let line, _)): line.count
    case .removal: 0
    }
  }
}
