import Evidence
import JSON

/// A checkpoint that was kept outside of the store.
struct OutsideCheckpoint {
  /// The file it stands in, and where.
  let place: String
  let note: SignedNote
  let checkpoint: Checkpoint

  /// A day of heartbeats has half a megabyte of checkpoints.
  static let fileSizeMax = 256 << 20

  /// Why a file of checkpoints cannot be used.
  struct Failure: Error {
    let reason: String
  }

  /// All checkpoints of a file: signed notes one after the other, or events
  /// `recbridge.checkpoint.v1`, one a line, among whatever other lines of JSON.
  static func read(_ path: String) throws(Failure) -> [OutsideCheckpoint] {
    guard let text = TextFile.read(path, sizeMax: fileSizeMax) else {
      throw Failure(reason: "\(path): cannot be read")
    }
    var found: [OutsideCheckpoint] = []
    for (line, note) in notes(text) {
      let place = "\(path):\(line)"
      guard let note = SignedNote(note), let checkpoint = Checkpoint(text: note.text) else {
        throw Failure(reason: "\(place): this is no signed checkpoint")
      }
      found.append(OutsideCheckpoint(place: place, note: note, checkpoint: checkpoint))
    }
    guard !found.isEmpty else { throw Failure(reason: "\(path): there is no checkpoint in it") }
    return found
  }

  /// The texts of the notes with the numbers of their first lines. A note ends with its signatures,
  /// behind the first of which nothing else of it can come.
  private static func notes(_ text: String) -> [(Int, String)] {
    var notes: [(Int, String)] = []
    var open: (line: Int, text: String, isSigned: Bool)?
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      let isSignature = line.hasPrefix("\u{2014} ")
      if let note = open, note.isSigned, !isSignature {
        notes.append((note.line, note.text))
        open = nil
      }
      if open == nil {
        if line.isEmpty { continue }
        if line.hasPrefix("{") {
          if let note = eventNote(line) { notes.append((index + 1, note)) }
          continue
        }
        open = (index + 1, "", false)
      }
      open?.text += line + "\n"
      if isSignature { open?.isSigned = true }
    }
    if let open { notes.append((open.line, open.text)) }
    return notes
  }

  private static func eventNote(_ line: Substring) -> String? {
    guard let event = try? JSONValue.parse(Array(line.utf8)),
      event["type"]?.string == "recbridge.checkpoint.v1"
    else { return nil }
    return event["data"]?["note"]?.string
  }
}
