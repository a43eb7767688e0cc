/// A call as the entries of a report tell of it.
package struct RecordedCall: Sendable {
  /// The recording was seen to change.
  package struct Change: Sendable {
    package let time: Duration
    package let from: Kept?
    package let to: Kept
    /// The command that it confirmed; nil if nobody asked us for it.
    package let command: String?
    package let entry: Int64
  }

  /// From 1 in the report, in the order of their first entries.
  package internal(set) var number = 0
  package let call: Kept
  package internal(set) var agents: [Kept] = []
  package internal(set) var files: [Kept] = []
  package internal(set) var changes: [Change] = []
  /// Places in the account's commands.
  package internal(set) var commands: [Int] = []
  /// States that were seen without being a change: by a look, or as a command's witness.
  package internal(set) var sights: [Sight] = []
  /// States that were known when a command was asked for, at that time: seen before, and not seen
  /// then.
  package internal(set) var known: [Sight] = []
  /// Those of the sights that looks have shown.
  package internal(set) var looks: [Sight] = []
  /// The bounds of its entries.
  package internal(set) var first: Duration
  package internal(set) var last: Duration
  /// A grade says that the call had ended then.
  package internal(set) var endedAt: Duration?

  /// A state that was seen.
  package struct Sight: Equatable, Sendable {
    package let time: Duration
    package let state: Kept
  }

  init(_ call: Kept, at time: Duration) {
    self.call = call
    first = time
    last = time
  }

  mutating func widen(to time: Duration) {
    first = min(first, time)
    last = max(last, time)
  }

  mutating func note(agent: Kept?, file: Kept?) {
    if let agent, !agents.contains(agent) { agents.append(agent) }
    if let file, !files.contains(file) { files.append(file) }
  }

  /// Every time at which its state was seen, in order.
  package var seen: [Sight] {
    (changes.map { Sight(time: $0.time, state: $0.to) } + sights).sorted { $0.time < $1.time }
  }
}
