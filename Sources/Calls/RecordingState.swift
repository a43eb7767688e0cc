/// What `recordingState` says of a call. Absence of the member is not `stopped`: it means that the
/// call was never recorded or that the feature is off.
package struct RecordingState: OpenValue {
  /// The word as the platform writes it.
  package let rawValue: String

  /// Takes any word, known or not.
  package init(rawValue: String) { self.rawValue = rawValue }

  /// The call is being recorded.
  package static let recording = RecordingState(rawValue: "Recording")
  /// A recording is open and nothing is added to it but silence.
  package static let paused = RecordingState(rawValue: "Paused")
  /// The call has been recorded and is not now.
  package static let stopped = RecordingState(rawValue: "Stopped")
}
