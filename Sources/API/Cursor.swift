/// The place of an event in one store: `STORE.SEQ`. As a parameter it is exclusive: what comes
/// after it is asked for.
struct Cursor: Equatable {
  let store: String
  let sequence: Int64

  init(store: String, sequence: Int64) {
    self.store = store
    self.sequence = sequence
  }

  /// Reads the one spelling that a cursor has; nil for anything else.
  init?(_ text: String) {
    guard let dot = text.utf8.lastIndex(of: UInt8(ascii: ".")) else { return nil }
    let digits = text[text.utf8.index(after: dot)...]
    guard dot > text.startIndex, !digits.isEmpty,
      digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      digits == "0" || digits.first != "0", let sequence = Int64(digits)
    else { return nil }
    self.init(store: String(text[..<dot]), sequence: sequence)
  }

  var text: String { "\(store).\(sequence)" }
}

/// Where a reader wants to begin.
enum Place: Equatable {
  case earliest
  case latest
  case after(Cursor)

  /// - Parameter name: of the parameter, for the refusal.
  init(parsing text: String, _ name: String) throws(Problem) {
    switch text {
    case "earliest": self = .earliest
    case "latest": self = .latest
    default:
      guard let cursor = Cursor(text) else {
        throw .badRequest("\(name) is a cursor (STORE.NUMBER), earliest or latest.")
      }
      self = .after(cursor)
    }
  }

  /// The sequence to begin after. A place that cannot be continued from without a gap is refused:
  /// never a silent jump.
  func sequence(in backend: any Backend) throws(Problem) -> Int64 {
    switch self {
    case .earliest: return backend.oldestSequence - 1
    case .latest: return backend.latestSequence
    case .after(let cursor):
      let gone: String
      if cursor.store != backend.storeIdentity {
        gone = "The cursor belongs to another store."
      } else if cursor.sequence > backend.latestSequence {
        gone = "The cursor is ahead of the latest event."
      } else if cursor.sequence < backend.oldestSequence - 1 {
        gone = "The events after the cursor have been removed."
      } else {
        return cursor.sequence
      }
      throw Self.gone(gone, backend)
    }
  }

  private static func gone(_ detail: String, _ backend: any Backend) -> Problem {
    let store = backend.storeIdentity
    let oldest = Cursor(store: store, sequence: backend.oldestSequence - 1)
    let latest = Cursor(store: store, sequence: backend.latestSequence)
    return Problem(
      status: 410, title: "Gone",
      detail: "\(detail) Pass oldest as after to read all events that are left.",
      members: [
        .init(name: "oldest", value: oldest.text), .init(name: "latest", value: latest.text),
      ])
  }
}
