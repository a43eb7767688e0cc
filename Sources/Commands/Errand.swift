/// What the ledger still has to do for an open command, besides waiting.
///
/// One thing at a time: a look that is under way, or a step that is planned. It is not part of the
/// record: after a restart looks begin anew.
struct Errand: Equatable, Sendable {
  /// What a look is for.
  enum Aim: Equatable, Sendable {
    /// To decide whether it is worth sending.
    case beforeSending
    /// It never left the process that it was issued in: to decide whether it still should.
    case afterRestart
    /// Nobody knows whether the platform carried it out.
    case afterDoubt
    /// The platform refused it for the call's state.
    case afterRefusal
    /// No notification will tell.
    case verification
    /// The deadline is near, and nothing was seen.
    case secondOpinion
  }

  /// What is to be done at a time.
  enum Step: Equatable, Sendable {
    case look(Aim)
    /// Send it the first time, without the look that it waited for.
    case leap
    case sendAgain
  }

  /// Looks asked for so far.
  var looks = 0
  /// What the look that is under way is for.
  var awaits: Aim?
  var planned: Step?
  var at = Duration.zero
  /// Sent again because the platform took us for a stranger.
  var logins = 0
  /// The platform refused it, and a look has not shown otherwise yet.
  var isRefused = false
  /// No notification tells of its effect.
  var isPolled = false
  /// Why the latest look came to nothing; nil if it did not.
  var lookFailure: String?
  /// The newest sight of the state that its evidence has, when that is no move.
  var seenAgain: Evidence?
}
