package import Calls

/// What may be asked of the recording of a call.
package enum Operation: String, CaseIterable, Sendable {
  case start, stop, pause, resume

  /// The state that the call is in once it is done.
  package var target: RecordingState {
    switch self {
    case .start, .resume: .recording
    case .stop: .stopped
    case .pause: .paused
    }
  }

  /// Whether it leads to less being recorded. Only such an operation may be sent a second time, and
  /// only such an operation is an exception when it is not confirmed.
  package var isSafeDirection: Bool { self == .stop || self == .pause }

  /// What the platform lists among the capabilities of a call while this may be done to it.
  package var capability: Capability {
    switch self {
    case .start: .startRecording
    case .stop: .stopRecording
    case .pause: .pauseRecording
    case .resume: .resumeRecording
    }
  }

  /// Whether `state`, witnessed after the operation, shows that it was not done or did not last.
  ///
  /// A stop is contradicted by a pause: the recording is still open. A pause is not contradicted by
  /// a stop, nor a start by a pause: neither shows that what was asked for did not happen.
  package func isContradicted(by state: RecordingState) -> Bool {
    switch self {
    case .start: state == .stopped
    case .stop: state == .recording || state == .paused
    case .pause: state == .recording
    case .resume: state == .stopped || state == .paused
    }
  }

  /// Whether `state`, witnessed after the operation, leaves nothing of it to be done. A word that
  /// is not known does not.
  package func isDone(in state: RecordingState) -> Bool {
    [.recording, .paused, .stopped].contains(state) && !isContradicted(by: state)
  }
}
