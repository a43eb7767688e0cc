/// A call of one agent, with its true state and everything that was ever asked of it.
package struct SimulatedCall: Sendable {
  package enum Direction: String, Sendable {
    case inbound = "Inbound"
    case outbound = "Outbound"
    case `internal` = "Internal"
  }

  /// A witness that shows something else than the truth, until the recording state changes again.
  struct Lie: Sendable {
    let witness: Witness
    let shows: RecordingState?
  }

  struct UserDatum: Sendable {
    let name: String
    /// A JSON value, spliced as it is.
    var value: [UInt8]
  }

  /// The call's UUID in the platform's own alphabet, 32 characters; also its identifier in paths.
  package let id: String
  let connID: String
  package let agent: String
  let deviceID: String
  /// The agent's number.
  let phoneNumber: String
  /// The other party's number.
  let remoteNumber: String
  let direction: Direction
  let createdAt: Duration

  package internal(set) var state: CallState
  package private(set) var recording: RecordingState?
  /// The states that it has had, each with the model's time at which it began: the newest
  /// `historyMax`, to hold against what others believe.
  package private(set) var history: [(since: Duration, recording: RecordingState?)] = []
  /// When it was released; nil while it lives.
  package private(set) var releasedAt: Duration?
  package internal(set) var recordingFile: String?
  /// Requests received for each operation, whatever became of them.
  package internal(set) var received: [String: Int] = [:]
  /// Requests answered with statusCode 0 for each operation.
  package internal(set) var accepted: [String: Int] = [:]
  /// How many recordings this call has had.
  package internal(set) var recordingsStarted = 0
  /// Number of the last notification of a burst.
  package internal(set) var lastSequence = 0
  var lie: Lie?
  var userData: [UserDatum]
  /// When the current or last recording began, in whole seconds since 1970.
  private var recordingSecond: Int64 = 0
  /// Hours of changes must not fill the memory.
  private static let historyMax = 256

  init(
    id: String, connID: String, agent: String, deviceID: String, phoneNumber: String,
    remoteNumber: String, direction: Direction, state: CallState, userData: [UserDatum],
    createdAt: Duration
  ) {
    self.id = id
    self.connID = connID
    self.agent = agent
    self.deviceID = deviceID
    self.phoneNumber = phoneNumber
    self.remoteNumber = remoteNumber
    self.direction = direction
    self.state = state
    self.userData = userData
    self.createdAt = createdAt
  }

  var ani: String { direction == .inbound ? remoteNumber : phoneNumber }
  var dnis: String { direction == .inbound ? phoneNumber : remoteNumber }

  /// What a witness shows: the truth, unless it is the lying one.
  func shown(by witness: Witness) -> RecordingState? {
    if let lie, lie.witness == witness { return lie.shows }
    return recording
  }

  /// Whether the call's state table allows the operation now.
  func allows(_ operation: CallOperation) -> Bool {
    switch operation {
    case .startRecording, .stopRecording, .pauseRecording, .resumeRecording:
      return (state == .established || state == .held)
        && RecordingState.capabilities(in: recording).contains(operation.rawValue)
    case .answer: return state == .ringing
    case .hold: return state == .established
    case .retrieve: return state == .held
    case .hangup: return state != .released
    }
  }

  /// Changes the recording state. From none or `stopped` to anything else a new recording begins,
  /// and with it a new file name; the name of an ended recording stays, as on the real platform.
  mutating func setRecording(
    _ target: RecordingState?, lying witness: Witness?, at now: Duration, unixSecond: Int64
  ) {
    let previous = recording
    if previous == nil || previous == .stopped, let target, target != .stopped {
      recordingsStarted += 1
      // File names count seconds; two recordings of one call never share a name.
      recordingSecond = max(unixSecond, recordingSecond + 1)
      let stamp = CivilDate(unixSeconds: recordingSecond).fileStamp
      recordingFile =
        "\(id)_\(phoneNumber)_\(ani)_\(dnis)_\(stamp)"
        + "_sip-dot-example-dot-com__%3Ccont_center_id%3E"
    }
    recording = target
    history.append((now, target))
    if history.count > Self.historyMax { history.removeFirst() }
    lie = witness.map { Lie(witness: $0, shows: previous) }
  }

  mutating func release(at now: Duration) {
    state = .released
    releasedAt = releasedAt ?? now
  }

  mutating func setUserDatum(_ name: String, _ value: [UInt8]) {
    if let index = userData.firstIndex(where: { $0.name == name }) {
      userData[index].value = value
    } else {
      userData.append(UserDatum(name: name, value: value))
    }
  }

  var capabilities: [String] {
    let data = ["UpdateUserData", "AttachUserData", "DeleteUserDataPair", "DeleteUserData"]
    let recording = RecordingState.capabilities(in: shown(by: .capabilities))
    switch state {
    case .dialing: return ["SendDtmf", "Hangup"] + data
    case .ringing: return ["Answer", "ClearCall"] + data
    case .established:
      return [
        "SendDtmf", "InitiateConference", "Hold", "SingleStepTransfer", "InitiateTransfer",
        "SingleStepConference",
      ] + data + ["Hangup"] + recording
    case .held: return ["Retrieve"] + data + ["Hangup"] + recording
    case .released: return []
    }
  }
}
