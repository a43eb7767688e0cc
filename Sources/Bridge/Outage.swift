import Commands

/// One outage of the store, or several in a row, as the event about it tells it.
package struct Outage: Equatable, Sendable {
  /// Wall time since the Unix epoch of the first failure.
  let from: Duration
  /// What failed.
  let reason: String
  /// The Stops and Pauses that moved in it, in the order of their first move.
  package let commands: [String]
  /// Records that are lost: torn, or more than there was room for.
  let lostRecords: Int

  /// Reads it from its records; nil if there are none.
  package init?(_ records: [EmergencyRecord], lost: Int) {
    guard let first = records.first else { return nil }
    from = first.time
    if case .outage(_, let told) = first {
      reason = told
    } else {
      reason = "the store could not be written"
    }
    var commands: [String] = []
    var seen: Set<String> = []
    for case .moved(let command, _) in records where seen.insert(command.id).inserted {
      commands.append(command.id)
    }
    self.commands = commands
    lostRecords = lost
  }
}
