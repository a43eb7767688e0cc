/// Something that may be done with a call now.
///
/// One concept has one value whichever way the platform writes it: the kebab-case names of
/// Workspace v3 become the v2 names. A name that neither table has is kept as it came.
package struct Capability: OpenValue {
  /// The name that v2 has for it, or the platform's own where v2 has none.
  package let rawValue: String

  /// Takes the name of either generation of the platform.
  package init(rawValue: String) {
    // Every name of v3 begins with a small letter and none of v2 does.
    let isV3 = rawValue.utf8.first.map { $0 >= UInt8(ascii: "a") } ?? false
    self.rawValue = isV3 ? Self.v2Names[rawValue] ?? rawValue : rawValue
  }

  /// A recording may be started: none is running.
  package static let startRecording = Capability(rawValue: "StartCallRecording")
  /// A recording may be stopped: one is running or paused.
  package static let stopRecording = Capability(rawValue: "StopCallRecording")
  /// A recording may be paused: one is running.
  package static let pauseRecording = Capability(rawValue: "PauseCallRecording")
  /// A recording may be resumed: one is paused.
  package static let resumeRecording = Capability(rawValue: "ResumeCallRecording")

  /// Whether it is one of the four that witness the recording state.
  package var isRecording: Bool {
    self == .startRecording || self == .stopRecording || self == .pauseRecording
      || self == .resumeRecording
  }

  private static let v2Names = [
    "answer": "Answer", "release": "Hangup", "hold": "Hold", "retrieve": "Retrieve",
    "clear": "ClearCall", "send-dtmf": "SendDtmf", "alternate": "SwapCalls",
    "attach-user-data": "AttachUserData", "update-user-data": "UpdateUserData",
    "delete-user-data-pair": "DeleteUserDataPair",
    "initiate-conference": "InitiateConference", "complete-conference": "CompleteConference",
    "initiate-transfer": "InitiateTransfer", "complete-transfer": "CompleteTransfer",
    "single-step-conference": "SingleStepConference",
    "single-step-transfer": "SingleStepTransfer",
    "delete-from-conference": "RemoveParticipantFromConference",
    "start-recording": "StartCallRecording", "stop-recording": "StopCallRecording",
    "pause-recording": "PauseCallRecording", "resume-recording": "ResumeCallRecording",
    "switch-to-listen-in": "SwitchToListenIn", "switch-to-coaching": "SwitchToCoach",
    "switch-to-barge-in": "SwitchToBargeIn",
  ]
}
