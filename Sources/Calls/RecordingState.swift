/// What `recordingState` says of a call. Absence of the member is not `stopped`: it means that the
/// call was never recorded or that the feature is off.
package struct RecordingState: OpenValue {
  package let rawValue: String

  package init(rawValue: String) { self.rawValue = rawValue }

  package static let recording = RecordingState(rawValue: "Recording")
  package static let paused = RecordingState(rawValue: "Paused")
  package static let stopped = RecordingState(rawValue: "Stopped")
}
