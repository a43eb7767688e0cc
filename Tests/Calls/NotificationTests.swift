import JSON
import Testing

@testable import Calls

/// What is expected of one fixture.
struct Variant: Sendable, CustomTestStringConvertible {
  var file: String
  var notificationType: NotificationType?
  var state: CallState?
  var recordingState: RecordingState?
  var verdict: Verdict
  var id = "01RCC3N118B1V0SL8O7GK2LAES00000V"
  var connId: String? = "007102719818001f"
  var phoneNumber: String?
  var durationSeconds: Int64?
  var recordingFileTime: String?

  var testDescription: String { file }

  static let all: [Variant] = [
    Variant(
      file: "a-start", notificationType: .recordingStateChange, state: .established,
      recordingState: .recording, verdict: .agree(.recording), phoneNumber: "15001",
      durationSeconds: 34, recordingFileTime: "14-26-23"),
    Variant(
      file: "b-stop", notificationType: .recordingStateChange, state: .established,
      recordingState: .stopped, verdict: .agree(.stopped), phoneNumber: "15001",
      durationSeconds: 353, recordingFileTime: "14-26-23"),
    Variant(
      file: "b-stop-seed", notificationType: .recordingStateChange, state: .established,
      recordingState: .stopped, verdict: .agree(.stopped),
      id: "01RCC3N118B1V0SL807GK2LAES00000V", phoneNumber: "15001", durationSeconds: 353,
      recordingFileTime: "14-26-23"),
    Variant(
      file: "c-pause", notificationType: .recordingStateChange, state: .established,
      recordingState: .paused, verdict: .agree(.paused), phoneNumber: "15001",
      durationSeconds: 498, recordingFileTime: "14-33-31"),
    Variant(
      file: "d-resume", notificationType: .recordingStateChange, state: .established,
      recordingState: .recording, verdict: .agree(.recording), phoneNumber: "15001",
      durationSeconds: 512, recordingFileTime: "14-33-31"),
    Variant(
      file: "e-legacy-2013", notificationType: .recordingStateChange, state: .established,
      recordingState: .recording, verdict: .agree(.recording), id: "0071022ec8ac8056",
      connId: nil, phoneNumber: "5000", durationSeconds: 106, recordingFileTime: "21-11-22"),
    Variant(
      file: "f-legacy-2015", notificationType: .recordingStateChange, state: .established,
      recordingState: .recording, verdict: .agree(.recording),
      id: "00RV9H7S6O8V3BSHAG7GK2LAES00002M", connId: "0071022ec8ac8056", phoneNumber: "5000",
      durationSeconds: 106, recordingFileTime: "21-11-22"),
    Variant(
      file: "g-ringing", notificationType: .statusChange, state: .ringing, recordingState: nil,
      verdict: .notEnough, id: "UIVB8J6JE91C53UIM3VI59VHQ4000015", connId: "006c03a7194aa020",
      phoneNumber: "1003", durationSeconds: 0),
    Variant(
      file: "g-attached-data", notificationType: .attachedDataChanged, state: .ringing,
      recordingState: nil, verdict: .notEnough, id: "UIVB8J6JE91C53UIM3VI59VHQ4000015",
      connId: "006c03a7194aa020", phoneNumber: "1003", durationSeconds: 0),
    Variant(
      file: "g-established", notificationType: .statusChange, state: .established,
      recordingState: nil, verdict: .notEnough, id: "UIVB8J6JE91C53UIM3VI59VHQ4000015",
      connId: "006c03a7194aa020", phoneNumber: "1003", durationSeconds: 2),
    Variant(
      file: "g2-dialing", notificationType: .statusChange, state: .dialing, recordingState: nil,
      verdict: .notEnough, phoneNumber: "15002", durationSeconds: 0),
    Variant(
      file: "g2-held", notificationType: .statusChange, state: .held, recordingState: nil,
      verdict: .notEnough, phoneNumber: "15002", durationSeconds: 0),
    Variant(
      file: "g2-consult", notificationType: .statusChange, state: .dialing,
      recordingState: nil, verdict: .notEnough, id: "01RCC3N118B1V0SL8O7GK2LAES000010",
      connId: "0071027198180020", phoneNumber: "15002", durationSeconds: 0),
    Variant(
      file: "h-released", notificationType: .statusChange, state: .released,
      recordingState: nil, verdict: .notEnough, phoneNumber: "15002", durationSeconds: 0),
    Variant(
      file: "i-demo", notificationType: .statusChange, state: .established,
      recordingState: .stopped, verdict: .notEnough, id: "43552792423", connId: nil),
    Variant(
      file: "l-v3", notificationType: .recordingStateChange, state: .established,
      recordingState: .paused, verdict: .agree(.paused), id: "006c03a7194aa021",
      connId: "006c03a7194aa021", phoneNumber: "+15550100", durationSeconds: 12),
  ]
}

@Suite struct NotificationTests {
  @Test(arguments: Variant.all + WorkspaceTests.variants)
  func `every shape a call has had on the wire becomes the same call`(_ variant: Variant) throws {
    let notification = try notification(variant.file)
    let call = try #require(notification.call)
    #expect(notification.notificationType == variant.notificationType)
    #expect(call.id == variant.id)
    #expect(call.connId == variant.connId)
    #expect(call.state == variant.state)
    #expect(call.recordingState == variant.recordingState)
    #expect(call.witnesses.verdict == variant.verdict)
    #expect(call.participants.first?.phoneNumber == variant.phoneNumber)
    #expect(call.durationSeconds == variant.durationSeconds)
    if let time = variant.recordingFileTime {
      #expect(call.recordingFile?.contains(time) ?? false)
    } else {
      #expect(call.recordingFile == nil)
    }
  }

  @Test(arguments: Variant.all + WorkspaceTests.variants)
  func `a call that was written down is read back as it was`(_ variant: Variant) throws {
    let call = try call(variant.file)
    let written = text(call.write)
    let restored = try Call(record: json(written))
    #expect(text(restored.write) == written)
    #expect(restored.capabilities == call.capabilities)
    #expect(restored.participants == call.participants)
    #expect(restored.witnesses == call.witnesses)
    #expect(restored.recordingFile == call.recordingFile)
  }

  @Test(arguments: Variant.all + WorkspaceTests.variants)
  func `the bytes of a call are kept exactly, and let go when asked`(_ variant: Variant) throws {
    let notification = try notification(variant.file)
    let call = try #require(notification.call)
    #expect(notification.raw["call"] == call.raw)
    #expect(call.compacted.raw == nil)
    #expect(call.compacted.userData == nil)
    #expect(text(call.compacted.write) == text(call.write))
  }

  @Test func `the normalised call has its documented members and no others`() throws {
    #expect(
      text(try call("e-legacy-2013").write) == #"""
        {"id":"0071022ec8ac8056","state":"Established",\#
        "callUuid":"00RV9H7S6O8V3BSHAG7GK2LAES00002M","callType":"Internal","ani":"5000",\#
        "dnis":"5001","participants":[{"phoneNumber":"5000","formattedPhoneNumber":"5000",\#
        "e164Number":"5000"}],"capabilities":["AttachUserData","DeleteUserData",\#
        "DeleteUserDataPair","Hangup","Hold","InitiateConference","InitiateTransfer",\#
        "PauseCallRecording","SendDtmf","SingleStepConference","SingleStepTransfer",\#
        "StopCallRecording","UpdateUserData"],"durationSeconds":106,\#
        "recordingState":"Recording","gsipRecord":"ON",\#
        "recordingFile":"00RV9H7S6O8V3BSHAG7GK2LAES00002M_5001_5000_5001_2013-08-09_21-11-22\#
        _hpe-voicevm-84.genesyslab.com__%3Ccont_center_id%3E"}
        """#)
    #expect(
      text(try Call(json(#"{"id":"1"}"#)).write)
        == #"{"id":"1","participants":[],"capabilities":[]}"#)
  }

  @Test func `a Workspace v3 capability is the capability of v2`() throws {
    let call = try call("l-v3")
    #expect(call.capabilities.contains(.resumeRecording))
    #expect(call.capabilities.contains(Capability(rawValue: "Hangup")))
    #expect(try notification("l-v3").operationId == "opt-17")
    #expect(call.participants.first?.role == "RoleOrigination")
  }

  @Test func `the platform's own time is read when it is there`() throws {
    #expect(try notification("g-ringing").generatedAt == .milliseconds(1_769_554_688_150))
    #expect(try notification("i-demo").generatedAt == nil)
    #expect(try notification("b-stop").generatedAt == nil)
  }

  @Test func `a consult call names its parent, and a path has its slash`() throws {
    let call = try call("g2-consult")
    #expect(call.parentCallURI?.hasSuffix("/calls/01RCC3N118B1V0SL8O7GK2LAES00000V") ?? false)
    #expect(call.path == "/calls/01RCC3N118B1V0SL8O7GK2LAES000010")
    #expect(call.callType == "Consult")
  }

  @Test func `a released call has ended, and does not claim that its recording is stopped`() throws
  {
    let call = try call("h-released")
    #expect(call.isEnded)
    #expect(call.recordingState == nil)
    #expect(call.witnesses.verdict == .notEnough)
  }

  @Test func `device, error and unknown messages are told apart from calls`() throws {
    #expect(try notification("j-device").content == .device)
    #expect(
      try notification("k-error").content
        == .error(
          PlatformError(
            message: nil, code: nil, devicePath: "/devices/6f8e7092-ca6f-4ff6-a415-80fdad08dca8")))
    #expect(
      try notification("l-v3-error").content
        == .error(PlatformError(message: "No such call", code: "185", devicePath: nil)))
    let other = try CallNotification(data: json(#"{"messageType":"OutboundRecordMessage"}"#))
    #expect(other.content == .other(messageType: "OutboundRecordMessage"))
    let refused = try CallNotification(
      data: json(
        #"{"messageType":"CallStateChangeMessage","notificationType":"Error","errorMessage":"no"}"#
      ))
    #expect(refused.content == .error(PlatformError(message: "no", code: nil, devicePath: nil)))
  }

  @Test func `words that nobody has heard of are kept as they are`() throws {
    let notification = try CallNotification(
      data: json(
        #"""
        {"messageType":"CallStateChangeMessage","notificationType":"Tweaked","call":{"id":"1",
         "state":"Parked","recordingState":"Muted","callType":"Odd","capabilities":["Fly","Fly"]}}
        """#))
    let call = try #require(notification.call)
    #expect(notification.notificationType?.rawValue == "Tweaked")
    #expect(call.state?.rawValue == "Parked")
    #expect(call.recordingState?.rawValue == "Muted")
    #expect(call.capabilities.map(\.rawValue) == ["Fly"])
    #expect(call.isEnded == false)
  }

  @Test(arguments: [
    (#"[]"#, "data is of type array; expected an object"),
    (#"{}"#, "data.messageType is missing; expected a string"),
    (#"{"messageType":{}}"#, "data.messageType is of type object; expected a string"),
    (
      #"{"messageType":"CallStateChangeMessage"}"#, "data.call is missing; expected an object"
    ),
    (
      #"{"messageType":"CallStateChangeMessage","call":null}"#,
      "data.call is missing; expected an object"
    ),
    (
      #"{"messageType":"CallStateChanged","call":[]}"#,
      "data.call is of type array; expected an object"
    ),
    (
      #"{"messageType":"CallStateChangeMessage","call":{"state":"Held"}}"#,
      "data.call.id is missing; expected a string"
    ),
    (#"{"call":{"id":""}}"#, "data.call.id is missing; expected a string"),
    (#"{"call":{"id":["1"]}}"#, "data.call.id is of type array; expected a string"),
    (#"{"call":{"id":"1","state":{}}}"#, "data.call.state is of type object; expected a string"),
    (
      #"{"call":{"id":"1","recordingState":true}}"#,
      "data.call.recordingState is of type true; expected a string"
    ),
    (
      #"{"call":{"id":"1","capabilities":"Hold"}}"#,
      "data.call.capabilities is of type string; expected an array"
    ),
    (
      #"{"call":{"id":"1","capabilities":["Hold",7]}}"#,
      "data.call.capabilities[1] is of type number; expected a string"
    ),
    (
      #"{"call":{"id":"1","userData":"x"}}"#,
      "data.call.userData is of type string; expected an object or a list of pairs"
    ),
    (
      #"{"call":{"id":"1","userData":{"GSIP_RECORD":{}}}}"#,
      "data.call.userData.GSIP_RECORD is of type object; expected a string"
    ),
  ])
  func `what cannot be read says which member is wrong and how`(
    _ data: String, _ complaint: String
  ) throws {
    let error = #expect(throws: MemberError.self) { try CallNotification(data: json(data)) }
    #expect(error?.description == complaint)
  }

  @Test(arguments: [
    #"{"call":{"id":7,"duration":353,"mute":null,"ani":{},"dnis":[],"participants":"me"}}"#,
    #"{"call":{"id":"7","duration":"353","participants":[null,[1]],"participantsInfo":{}}}"#,
    #"{"call":{"id":"7","duration":353,"userData":[1,{"key":3},{"value":1}],"case":[]}}"#,
  ])
  func `an odd member that only describes costs nothing but itself`(_ data: String) throws {
    let call = try #require(try CallNotification(data: json(data)).call)
    #expect(call.id == "7")
    #expect(call.durationSeconds == 353)
    #expect(call.participants.isEmpty)
  }
}
