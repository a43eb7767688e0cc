import Evidence
import JSON

/// A checkpoint that was kept outside of the store.
struct OutsideCheckpoint {
  /// The file it stands in, and where.
  let place: String
  let note: SignedNote
  let checkpoint: Checkpoint

  /// Why a file of checkpoints cannot be used.
  struct Failure: Error {
    let reason: String
  }

  /// All checkpoints of a file: signed notes one after the other, or events
  /// `recbridge.checkpoint.v1`, one a line, among whatever other lines of JSON. A line that is
  /// neither is refused: it may have been a checkpoint.
  static func read(_ path: String) throws(Failure) -> [OutsideCheckpoint] {
    var reader = Reader(path: path)
    let problem = try TextLines.forEach(in: path) { (line) throws(Failure) in
      try reader.take(line)
    }
    if let problem { throw Failure(reason: "\(path): cannot be read: \(problem)") }
    try reader.end()
    guard !reader.found.isEmpty else {
      throw Failure(reason: "\(path): there is no checkpoint in it")
    }
    return reader.found
  }

  /// What the lines so far hold. A note ends with its signatures, behind the first of which nothing
  /// else of it can come.
  private struct Reader {
    let path: String
    var found: [OutsideCheckpoint] = []
    private var line = 0
    private var note = ""
    private var isSigned = false

    init(path: String) { self.path = path }

    mutating func take(_ next: TextLines.Line) throws(Failure) {
      let isSignature = next.text.hasPrefix("\u{2014} ")
      if isSigned, !isSignature { try end() }
      if note.isEmpty {
        if next.text.isEmpty { return }
        if next.text.hasPrefix("{") { return try takeEvent(next) }
        line = next.number
      }
      note += next.text + "\n"
      isSigned = isSigned || isSignature
    }

    mutating func end() throws(Failure) {
      if !note.isEmpty { try add(note, line) }
      note = ""
      isSigned = false
    }

    private mutating func takeEvent(_ line: TextLines.Line) throws(Failure) {
      guard let event = try? JSONValue.parse(Array(line.text.utf8)) else {
        // The last line of a file that somebody is writing.
        guard line.isWhole else { return }
        throw Failure(
          reason: "\(path):\(line.number): this begins like an event and is none: it was changed"
            + " or cut off")
      }
      guard event["type"]?.string == "recbridge.checkpoint.v1" else { return }
      try add(event["data"]?["note"]?.string ?? "", line.number)
    }

    private mutating func add(_ text: String, _ line: Int) throws(Failure) {
      let place = "\(path):\(line)"
      guard let note = SignedNote(text), let checkpoint = Checkpoint(text: note.text) else {
        throw Failure(reason: "\(place): this is no signed checkpoint")
      }
      found.append(OutsideCheckpoint(place: place, note: note, checkpoint: checkpoint))
    }
  }
}
