package import Calls

/// What the ledger is told, in the order in which it happened.
package enum Input: Equatable, Sendable {
  case asked(Request)
  /// The request of this command left for the platform.
  case sent(String)
  case replied(String, PlatformReply)
  case observed(Observation)
  /// The request of this command was about to leave, and ``Ledger/isOvertaken(_:)`` kept it back.
  case overtaken(String)
  /// What became of the look that ``Effect/look(_:)`` asked for; each is answered once.
  case looked(Look, Sight)
  /// The platform says of an operation, by its id and after its answer, that it failed.
  case failed(Failure)
  /// The platform gives a call of the agent another id, as after a transfer.
  case renamed(agent: String, from: String, to: String)
  /// The agent's leg of a call is about to be told as ended, and the call goes on with another
  /// agent of ours, who sees from now on what becomes of the commands on it.
  case handedOver(call: String, from: String, to: String)
  /// A gap opened: what happens to the agent's calls from here on may go unseen.
  case observationLost(agent: String)
  /// The gap closed; `resynced` says whether a snapshot showed what it had hidden. Observations of
  /// that snapshot come before this.
  case observationRestored(agent: String, resynced: Bool)
  /// Nobody will look at the agent's calls again, for this reason.
  case observationEnded(agent: String, reason: String)
  /// The time asked for with ``Effect/wake(at:)`` has come.
  case wake
}

/// What is to be done, in this order.
package enum Effect: Equatable, Sendable {
  /// The command's new value: to be durable, and published.
  case moved(Command)
  /// To be sent, once every ``moved(_:)`` before it is durable.
  case send(Command)
  /// Ask the platform how the call stands, and answer with ``Input/looked(_:_:)``.
  case look(Look)
  /// The request became this command, or named it by its key.
  case answered(request: String, Command)
  case refused(request: String, Refusal)
  /// Give ``Input/wake`` at this monotonic time; replaces an earlier one.
  case wake(at: Duration)
}

/// What the platform made of a command: with its own code, if it has one, and the HTTP status, if
/// there was an answer at all.
package enum PlatformReply: Equatable, Sendable {
  /// It said yes, which is no fact about the recording.
  case accepted(statusCode: Int?, httpStatus: Int? = nil)
  case rejected(statusCode: Int?, httpStatus: Int?, message: String)
  /// It said no because of the state that the call is in, or because it does not know the call: it
  /// may be so already, or not be known everywhere yet. A look tells.
  case conflict(statusCode: Int?, httpStatus: Int?, message: String)
  /// Too many requests: nothing happened, and it is to be asked again after `retryAfter` at the
  /// earliest, if it says when.
  case throttled(
    statusCode: Int?, httpStatus: Int? = nil, message: String, retryAfter: Duration?)
  /// It may or may not have happened: a time-out, a cut connection, an internal error.
  case ambiguous(
    statusCode: Int? = nil, httpStatus: Int? = nil, reason: String, retryAfter: Duration? = nil)
  /// The session has ended; nothing happened.
  case notAuthenticated(statusCode: Int? = nil, httpStatus: Int? = nil, reason: String)
}

/// An operation that failed after the platform had said yes to it.
package struct Failure: Equatable, Sendable {
  /// The agent whose session was told.
  package var agent: String
  /// What we called the operation: the id of a command, if it is one of ours.
  package var operationId: String
  /// The platform's code, if it is a number.
  package var code: Int?
  /// The platform's words, or ours where it has none.
  package var message: String
  /// The event that carries it.
  package var event: Int64

  /// Takes what was told.
  package init(agent: String, operationId: String, code: Int?, message: String, event: Int64) {
    self.agent = agent
    self.operationId = operationId
    self.code = code
    self.message = message
    self.event = event
  }
}

/// What was seen of a call.
package struct Observation: Equatable, Sendable {
  /// Whether the platform told us or we asked: for all calls after a gap, or for this one.
  package enum Source: Sendable { case notification, snapshot, look }

  /// The agent whose session saw it.
  package var agent: String
  /// The platform's id of the call.
  package var call: String
  /// What the witnesses say together.
  package var verdict: Verdict
  /// What each of them says: kept as evidence with whatever this decides.
  package var witnesses: Witnesses?
  /// The recording that the call names, if any.
  package var recordingFile: String?
  /// The call is released or completed, or absent from an exact snapshot.
  package var isEnded: Bool
  /// The platform says that this is about a change of the recording.
  package var isRecordingChange: Bool
  /// The operation that the platform names as its cause, on platforms that do: the id of a command,
  /// or of something that others asked for. Then it answers that one and no other.
  package var operationId: String?
  /// Where it comes from.
  package var source: Source
  /// Monotonic time at which a snapshot or look was asked for: it shows nothing of commands issued
  /// since. Nil for a notification.
  package var askedAt: Duration?
  /// The commands that it is about, by id, where only a look at one recording of the call was made;
  /// nil for all on the call.
  package var subjects: Set<String>?
  /// The event that carries it; nil when there is none, as for a call that was never seen.
  package var event: Int64?

  /// Takes what was seen; the call goes on and nothing is called a change unless said otherwise.
  package init(
    agent: String, call: String, verdict: Verdict, witnesses: Witnesses? = nil,
    recordingFile: String? = nil, isEnded: Bool = false, isRecordingChange: Bool = false,
    operationId: String? = nil, source: Source,
    askedAt: Duration? = nil, subjects: Set<String>? = nil, event: Int64?
  ) {
    self.agent = agent
    self.call = call
    self.subjects = subjects
    self.verdict = verdict
    self.witnesses = witnesses
    self.recordingFile = recordingFile
    self.isEnded = isEnded
    self.isRecordingChange = isRecordingChange
    self.operationId = operationId
    self.source = source
    self.askedAt = askedAt
    self.event = event
  }
}
