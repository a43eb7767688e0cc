/// How the agents of a new configuration differ from those of the old one. Who is in none of the
/// lists goes on without a request more or less.
package struct AgentChanges: Equatable, Sendable {
  /// New agents, each with what the store holds of it from earlier: of that only the times count.
  package var added: [SessionRecord]
  package var removed: [String]
  /// Their login data are others: they log in anew.
  package var changed: [String]

  package init(
    added: [SessionRecord] = [], removed: [String] = [], changed: [String] = []
  ) {
    self.added = added
    self.removed = removed
    self.changed = changed
  }

  package var isEmpty: Bool { added.isEmpty && removed.isEmpty && changed.isEmpty }
}
