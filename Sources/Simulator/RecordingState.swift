/// The state of a call's recording as the platform knows it. A call that was never recorded has
/// none, which is not the same as `stopped`.
package enum RecordingState: String, Sendable, CaseIterable {
  case recording = "Recording"
  case stopped = "Stopped"
  case paused = "Paused"

  /// What `userData.GSIP_RECORD` says in this state.
  var attachedValue: String {
    switch self {
    case .recording: "ON"
    case .stopped: "OFF"
    case .paused: "PAUSED"
    }
  }

  /// The recording capabilities of a call in this state: exactly the operations that are legal.
  static func capabilities(in state: RecordingState?) -> [String] {
    switch state {
    case nil, .stopped: ["StartCallRecording"]
    case .recording: ["PauseCallRecording", "StopCallRecording"]
    case .paused: ["ResumeCallRecording", "StopCallRecording"]
    }
  }
}

/// One of the three places of a call object that show its recording state.
package enum Witness: String, Sendable, CaseIterable {
  case recordingState
  case attachedData = "GSIP_RECORD"
  case capabilities
}

/// The operations on a call that the simulated platform understands.
package enum CallOperation: String, Sendable, CaseIterable {
  case startRecording = "StartCallRecording"
  case stopRecording = "StopCallRecording"
  case pauseRecording = "PauseCallRecording"
  case resumeRecording = "ResumeCallRecording"
  case answer = "Answer"
  case hold = "Hold"
  case retrieve = "Retrieve"
  case hangup = "Hangup"

  /// The recording state that this operation leads to; nil for what is not about recording.
  var recordingTarget: RecordingState? {
    switch self {
    case .startRecording, .resumeRecording: .recording
    case .stopRecording: .stopped
    case .pauseRecording: .paused
    case .answer, .hold, .retrieve, .hangup: nil
    }
  }
}

/// The state of a call.
package enum CallState: String, Sendable, CaseIterable {
  case dialing = "Dialing"
  case ringing = "Ringing"
  case established = "Established"
  case held = "Held"
  case released = "Released"
}
