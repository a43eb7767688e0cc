import JSON
import Testing

@testable import Calls

/// The shapes of Workspace API v3, as the vendor's client libraries and simulator show them. Where
/// these are silent nothing is made up: no sample says which capabilities a ringing call has, how
/// long names of recordings are, or which codes errors have.
@Suite struct WorkspaceTests {
  private static let id = "006c03a7194aa021"

  static let variants: [Variant] = [
    Variant(
      file: "l-v3-start", notificationType: .recordingStateChange, state: .established,
      recordingState: .recording, verdict: .agree(.recording), id: id, connId: id,
      phoneNumber: "+15550100", durationSeconds: 7, recordingFileTime: "10-11-12"),
    Variant(
      file: "l-v3-stop", notificationType: .recordingStateChange, state: .established,
      recordingState: .stopped, verdict: .agree(.stopped), id: id, connId: id,
      phoneNumber: "+15550100", durationSeconds: 20, recordingFileTime: "10-11-12"),
    Variant(
      file: "l-v3-resume", notificationType: .recordingStateChange, state: .established,
      recordingState: .recording, verdict: .agree(.recording), id: id, connId: id,
      phoneNumber: "+15550100", durationSeconds: 31, recordingFileTime: "10-11-12"),
    Variant(
      file: "l-v3-attached-data", notificationType: .attachedDataChanged, state: .established,
      recordingState: .stopped, verdict: .agree(.stopped), id: id, connId: id,
      phoneNumber: "+15550100", durationSeconds: 40, recordingFileTime: "10-11-12"),
    Variant(
      file: "l-v3-ringing", notificationType: .statusChange, state: .ringing,
      recordingState: nil, verdict: .notEnough, id: id, connId: id, phoneNumber: "+15550100",
      durationSeconds: 0),
    Variant(
      file: "l-v3-released", notificationType: NotificationType(rawValue: "StateChange"),
      state: .released, recordingState: nil, verdict: .notEnough, id: id, connId: id,
      phoneNumber: "+15550100", durationSeconds: 12),
    Variant(
      file: "l-v3-consult", notificationType: NotificationType(rawValue: "CallRecovered"),
      state: .dialing, recordingState: nil, verdict: .notEnough, id: "006c03a7194aa022",
      connId: "006c03a7194aa022", phoneNumber: "+15550100", durationSeconds: 12),
  ]

  @Test func `the operation is named where the platform names it, and nowhere else`() throws {
    #expect(try notification("l-v3-stop").operationId == "cmd-0000000000000002")
    #expect(try notification("l-v3-attached-data").operationId == nil)
    #expect(try notification("l-v3-error").operationId == "opt-18")
  }

  @Test func `a call that got another id says which one it had, and a consult names its parent`()
    throws
  {
    #expect(try call("l-v3-ringing").previousConnId == "006c03a7194aa020")
    #expect(try call("l-v3-consult").parentConnId == "006c03a7194aa021")
    #expect(try call("l-v3-stop").previousConnId == nil)
    #expect(try call("b-stop").parentConnId == nil)
  }

  @Test
  func `capabilities that v2 does not have are kept as they come, and repeated ones count once`()
    throws
  {
    #expect(
      Set(try call("l-v3-consult").capabilities.map(\.rawValue))
        == ["Hangup", "SwapCalls", "merge", "reconnect", "CompleteTransfer"])
    #expect(
      try call("l-v3-resume").witnesses.capabilities == [.pauseRecording, .stopRecording])
  }

  // Every capability that the vendor's documents name; a typo in the table shows here.
  @Test(arguments: [
    ("answer", "Answer"), ("release", "Hangup"), ("hold", "Hold"), ("retrieve", "Retrieve"),
    ("send-dtmf", "SendDtmf"), ("attach-user-data", "AttachUserData"),
    ("update-user-data", "UpdateUserData"), ("delete-user-data-pair", "DeleteUserDataPair"),
    ("initiate-conference", "InitiateConference"), ("complete-conference", "CompleteConference"),
    ("initiate-transfer", "InitiateTransfer"), ("complete-transfer", "CompleteTransfer"),
    ("single-step-conference", "SingleStepConference"),
    ("single-step-transfer", "SingleStepTransfer"),
    ("delete-from-conference", "RemoveParticipantFromConference"), ("alternate", "SwapCalls"),
    ("clear", "ClearCall"), ("start-recording", "StartCallRecording"),
    ("stop-recording", "StopCallRecording"), ("pause-recording", "PauseCallRecording"),
    ("resume-recording", "ResumeCallRecording"), ("switch-to-listen-in", "SwitchToListenIn"),
    ("switch-to-coaching", "SwitchToCoach"), ("switch-to-barge-in", "SwitchToBargeIn"),
    ("merge", "merge"), ("reconnect", "reconnect"), ("redirect", "redirect"),
    ("complete", "complete"),
  ])
  func `a capability of v3 is the one of v2 if v2 has it`(_ given: String, _ expected: String) {
    #expect(Capability(rawValue: given).rawValue == expected)
  }

  @Test func `attached data in a list is searched by key, at the top and nowhere else`() throws {
    func gsip(_ userData: String) throws -> String? {
      try Call(json(#"{"id":"1","userData":\#(userData)}"#)).gsipRecord
    }
    #expect(try gsip(#"[{"key":"GSIP_RECORD","type":"str","value":"ON"}]"#) == "ON")
    #expect(try gsip(#"[{"key":"GSIP_RECORD","value":"ON","type":"new-type"}]"#) == "ON")
    #expect(
      try gsip(#"[{"key":"kv","type":"kvlist","value":[{"key":"GSIP_RECORD","value":"ON"}]}]"#)
        == nil)
    #expect(
      try gsip(#"[{"key":"GSIP_RECORD","value":"ON"},{"key":"GSIP_RECORD","value":"OFF"}]"#)
        == "OFF")
    #expect(try gsip(#"[7,"x",[],{},{"key":7,"value":"ON"}]"#) == nil)
    #expect(throws: MemberError.self) { try gsip(#"[{"key":"GSIP_RECORD","value":[]}]"#) }
  }

  @Test func `the end of the platform's own setting up is told, whichever way it went`() throws {
    #expect(try notification("l-v3-initialization").content == .initialization(state: "Complete"))
    func content(_ state: String) throws -> NotificationContent {
      try CallNotification(
        data: json(#"{"messageType":"WorkspaceInitializationComplete"\#(state)}"#)
      ).content
    }
    #expect(try content(#","state":"Failed""#) == .initialization(state: "Failed"))
    #expect(try content("") == .initialization(state: nil))
    #expect(try content(#","state":{}"#) == .initialization(state: nil))
  }

  @Test func `messages about anything else are told apart from calls and never refused`() throws {
    #expect(try notification("l-v3-dn").content == .device)
    for type in ["EventUserEvent", "MonitoringStateChanged", "InteractionStateChanged", "New"] {
      let data = #"{"messageType":"\#(type)","operationId":"opt-1","whatever":[1]}"#
      let notification = try CallNotification(data: json(data))
      #expect(notification.content == .other(messageType: type))
      #expect(notification.operationId == "opt-1")
    }
    let error = try CallNotification(data: json(#"{"messageType":"EventError","error":"odd"}"#))
    #expect(error.content == .error(PlatformError(message: nil, code: nil, devicePath: nil)))
  }

  @Test(arguments: [
    #"{"status":{"code":0},"data":{"calls":[CALL]}}"#,
    #"{"status":{"code":0},"data":{"user":{},"calls":[CALL]}}"#,
  ])
  func `the calls of a session and the list of calls read alike`(_ body: String) throws {
    let raw = try #require(try call("l-v3-stop").raw?.raw)
    let text = body.replacing("CALL", with: String(decoding: raw, as: UTF8.self))
    let snapshot = try Snapshot.calls(from: json(text))
    #expect(snapshot.calls.map(\.witnesses.verdict) == [.agree(.stopped)])
    #expect(snapshot.isExact)
  }

  @Test func `a refusal of v3 is no list without calls`() throws {
    #expect(throws: MemberError.self) {
      try Snapshot.calls(from: json(#"{"status":{"code":603,"message":"Unauthorized"}}"#))
    }
  }
}
