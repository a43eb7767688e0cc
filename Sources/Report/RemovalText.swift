import JSON

/// What was taken out of the store, in words.
enum RemovalText {
  static func erasure(_ record: JSONValue) -> String {
    guard record["action"]?.string == "ended" else {
      let why = record.kept("why").map { ": \($0.shown)" } ?? ""
      return
        "the call's personal data are being erased, as \(Person.text(record["by"])) asked\(why)"
    }
    let parts = counts(
      record,
      [
        (
          "erasedValues", "value that a commitment was made of",
          "values that commitments were made of"
        ),
        ("erasedLines", "event that named them", "events that named them"),
        ("erasedQuarantined", "unreadable message", "unreadable messages"),
        ("changedCommands", "command", "commands"),
      ])
    let inClear = counts(
      record,
      [
        (
          "inClear", "value stays, in an entry that says it in clear",
          "values stay, in entries that say them in clear"
        )
      ])
    return (["the call's personal data are erased"] + parts + inClear).joined(separator: "; ")
  }

  static func retention(_ record: JSONValue) -> String {
    switch record["action"]?.string {
    case "began":
      let fields = record["fields"].map { $0.elements.map { $0.string ?? "?" } } ?? []
      let parts = [
        record.kept("events").map { "events up to \($0.shown)" },
        record.kept("entries").map { "the bytes of entries up to \($0.shown)" },
        fields.isEmpty ? nil : "clear values of \(fields.joined(separator: ", "))",
      ].compactMap { $0 }
      return "retention begins to remove \(parts.joined(separator: "; "))"
    case "ended":
      let parts = counts(
        record,
        [
          ("removedEvents", "event", "events"),
          ("removedRecords", "entry's bytes", "entries' bytes"),
          (
            "erasedValues", "value that a commitment was made of",
            "values that commitments were made of"
          ),
          ("erasedLines", "event freed of a field", "events freed of a field"),
        ])
      return "retention has removed \(parts.isEmpty ? "nothing" : parts.joined(separator: "; "))"
    default: return Happening.shortened(record.rawText)
    }
  }

  private static func counts(_ record: JSONValue, _ names: [(String, String, String)]) -> [String] {
    names.compactMap { name, one, many in
      let count = record[name]?.integer ?? 0
      return count > 0 ? "\(Spoken.grouped(count)) \(count == 1 ? one : many)" : nil
    }
  }
}
