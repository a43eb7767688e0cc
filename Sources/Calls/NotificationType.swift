/// Why a call notification was sent. A hint only: what is true of the call stands in the call.
package struct NotificationType: OpenValue {
  /// The word as the platform writes it.
  package let rawValue: String

  /// Takes any word, known or not.
  package init(rawValue: String) { self.rawValue = rawValue }

  /// The state of the call changed, or its muting.
  package static let statusChange = NotificationType(rawValue: "StatusChange")
  /// Somebody joined or left; may carry a new state as well.
  package static let participantsUpdated = NotificationType(rawValue: "ParticipantsUpdated")
  /// The data attached to the call changed, `GSIP_RECORD` perhaps among it.
  package static let attachedDataChanged = NotificationType(rawValue: "AttachedDataChanged")
  /// A recording was started, stopped, paused or resumed.
  package static let recordingStateChange = NotificationType(rawValue: "CallRecordingStateChange")
  /// Something failed.
  package static let error = NotificationType(rawValue: "Error")
}
