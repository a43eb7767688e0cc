/// The bounds of the ledger.
package struct LedgerSettings: Equatable, Sendable {
  /// From issue to the last moment at which a confirmation counts. The platform's notifications
  /// take milliseconds; ten seconds outlast a lost long poll and its handshake.
  package var deadline: Duration = .seconds(10)
  /// Commands open at once: one for each of the sessions a process is built for, about 1 KB each.
  package var openLimit = 10_000
  /// What stops and pauses have beyond that, so that a flood of others cannot keep a recording on.
  package var openReserve = 10_000
  /// Ended commands kept for their keys and for late contradictions: at ten commands a second this
  /// is ten times the deadline.
  package var recentLimit = 1024
  /// How often a stop or pause may be sent: once more after the session turned out to have ended.
  /// A second refusal is the credentials', and sending again would not help.
  package static let attemptsMax = 2

  /// Takes the defaults.
  package init() {}

  /// Takes other bounds; each at least 1.
  package init(
    deadline: Duration, openLimit: Int = 10_000, openReserve: Int = 10_000,
    recentLimit: Int = 1024
  ) {
    self.deadline = deadline
    self.openLimit = openLimit
    self.openReserve = openReserve
    self.recentLimit = recentLimit
  }
}
