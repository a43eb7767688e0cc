import Calls

/// What is known of a call says whether an operation on it is worth sending.
enum Judgement: Equatable, Sendable {
  /// It is so already.
  case satisfied
  /// It cannot be done now, for this reason.
  case impossible(String)
  case possible
  /// Nobody can say from here.
  case unknown

  /// Agreeing witnesses decide; without them, that the platform offers the operation is enough to
  /// send it, and nothing is enough to withhold it.
  init(_ operation: Operation, by known: Known) {
    guard known.isExact else {
      self = .unknown
      return
    }
    let isOffered = known.offered.contains(operation.capability)
    guard let state = known.verdict.state else {
      self = isOffered ? .possible : .unknown
      return
    }
    if state == operation.target {
      self = .satisfied
    } else if let obstacle = operation.obstacle(in: state) {
      self = .impossible("not sent: \(obstacle)")
    } else if !known.offered.isEmpty, !isOffered {
      self = .impossible(
        "not sent: the platform does not offer \(operation.capability) for this call now: it is"
          + " not allowed to this agent")
    } else {
      self = .possible
    }
  }
}

extension Operation {
  /// What stands in the way of the operation in a state that is not its target.
  fileprivate func obstacle(in state: RecordingState) -> String? {
    switch (self, state) {
    case (.pause, .stopped):
      "nothing is recorded, so there is nothing to pause; it has ended already"
    case (.resume, .stopped): "the recording has ended already; start a new one"
    case (.start, .paused): "a recording is open already and paused; resume it, or stop it first"
    default: nil
    }
  }
}

extension Known {
  /// What an observation shows, as knowledge of this moment.
  init(_ observation: Observation) {
    self.init(
      verdict: observation.verdict, offered: observation.witnesses?.capabilities ?? [],
      recordingFile: observation.recordingFile, event: observation.event, isExact: true)
  }
}
