/// Why a call notification was sent. A hint only: what is true of the call stands in the call.
package struct NotificationType: OpenValue {
  package let rawValue: String

  package init(rawValue: String) { self.rawValue = rawValue }

  package static let statusChange = NotificationType(rawValue: "StatusChange")
  package static let participantsUpdated = NotificationType(rawValue: "ParticipantsUpdated")
  package static let attachedDataChanged = NotificationType(rawValue: "AttachedDataChanged")
  package static let recordingStateChange = NotificationType(rawValue: "CallRecordingStateChange")
  package static let error = NotificationType(rawValue: "Error")
}
