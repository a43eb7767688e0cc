/// What is said where no entry is about a call.
enum NoEntry {
  /// Of a store in which so many entries have no record: of these nobody can tell any more.
  static func about(_ call: String, pruned: Int64) -> String {
    let call = Printable.text(call)
    guard pruned > 0 else { return "no entry is about call \(call)" }
    return "no entry that is left is about call \(call);"
      + " \(Counted.text(pruned, "record was", "records were")) pruned by retention, and nobody can"
      + " tell any more what about"
  }
}
