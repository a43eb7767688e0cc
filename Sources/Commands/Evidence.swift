package import Calls

/// How we know what a command's status or grade says.
///
/// While the command is open it holds what has been seen so far: the state last witnessed and by
/// what, the platform's answer, the recording file. That is also all that the ledger remembers of
/// an open command, so a restart forgets nothing.
package struct Evidence: Equatable, Sendable {
  /// What the latest news about the command was.
  package enum Kind: String, CaseIterable, Sendable {
    /// A notification witnessed the state.
    case notification
    /// A snapshot witnessed the state.
    case snapshot
    /// A look witnessed the state: the route's verifying GET, asked for this call.
    case look
    /// The platform's answer to the command.
    case reply
    /// The call ended.
    case release
    /// Nothing came in time.
    case deadline
    /// Observation was lost.
    case gap
    /// What was known when the command was asked for.
    case knowledge
  }

  /// What shows it.
  package var kind: Kind
  /// The event that shows it.
  package var event: Int64?
  /// The state last witnessed while all was in sync.
  package var state: RecordingState?
  /// What each witness said when the state was last witnessed.
  package var witnesses: Witnesses?
  /// The recording concerned. Contains phone numbers.
  package var recordingFile: String?
  /// Of the platform's latest answer: its own code or, when it has none, the HTTP status.
  package var statusCode: Int?
  /// The HTTP status of that answer; nil where there was none, as for a failure that is told later.
  package var httpStatus: Int?
  /// The platform's words, or why its answer is in doubt.
  package var message: String?
  /// Why the latest look at the call came to nothing; nil if it did not, or nobody looked.
  package var lookFailure: String?

  /// Takes what is known; the rest is absent.
  package init(
    _ kind: Kind, event: Int64? = nil, state: RecordingState? = nil,
    witnesses: Witnesses? = nil, recordingFile: String? = nil, statusCode: Int? = nil,
    httpStatus: Int? = nil, message: String? = nil
  ) {
    self.kind = kind
    self.event = event
    self.state = state
    self.witnesses = witnesses
    self.recordingFile = recordingFile
    self.statusCode = statusCode
    self.httpStatus = httpStatus
    self.message = message
  }

  /// The same with the event of a newer sight of the same state; `former` is what is on record.
  func renewed(by again: Evidence?, since former: Evidence) -> Evidence {
    guard let again, event == former.event, again.state == state,
      again.event ?? 0 > event ?? 0
    else { return self }
    var evidence = self
    evidence.event = again.event
    evidence.witnesses = again.witnesses
    evidence.recordingFile = again.recordingFile
    return evidence
  }
}
