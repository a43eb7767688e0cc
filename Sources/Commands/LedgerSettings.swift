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
  /// How often a stop or pause may be sent, the first time included. With the pauses between them
  /// that is 3.5 s: recordings that had just begun were refused for 2 to 3 s.
  package static let attemptsMax = 4
  /// How often it may be sent because the platform took us for a stranger. A second refusal is the
  /// credentials', and sending again would not help.
  package static let loginAttemptsMax = 2
  /// From a refusal or a doubt to the second time; doubled before each further one.
  package static let sendPause = Duration.milliseconds(500)
  /// Looks for one command. With the pauses between them they outlast the usual deadline.
  package static let looksMax = 8
  /// Between the first two looks for one command; doubled before each further one, up to the second
  /// figure: a state that a person waits for, and not more than one question in two seconds.
  package static let lookPause = Duration.milliseconds(250)
  package static let lookPauseMax = Duration.seconds(2)
  /// How long a command whose call's state is not known waits for a look before it is sent without.
  package static let lookPatience = Duration.seconds(2)
  /// How long before its deadline a command that nothing was seen of gets its second opinion, at
  /// most a fifth of the deadline: an answer takes milliseconds.
  static let secondOpinionLead = Duration.seconds(1)

  /// How long a command waits for the platform's answer before its fate is in doubt: a look and
  /// another attempt as long have to fit before the deadline.
  package var replyPatience: Duration { deadline * 2 / 5 }
  /// From the second opinion to the deadline.
  var secondOpinionTime: Duration { min(Self.secondOpinionLead, deadline / 5) }

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
