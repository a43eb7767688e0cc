/// The notification of the Web Services API reference for StopCallRecording, with the line breaks
/// and the stray quote of its print mended.
enum Sample {
  static let notification = Array(
    #"""
    [{"data":{"notificationType":"CallRecordingStateChange","call":{
      "id":"01RCC3N118B1V0SL807GK2LAES00000V","state":"Established",
      "callUuid":"01RCC3N118B1V0SL807GK2LAES00000V","connId":"007102719818001f",
      "deviceUri":"http://127.0.0.1:8080/api/v2/devices/631608b3-ceb1-472b-ba05-2ae39555b0d1",
      "participants":[{"e164Number":"","formattedPhoneNumber":"15001","phoneNumber":"15001",
        "digits":"15001"}],
      "dnis":"15001","callType":"Internal",
      "capabilities":["UpdateUserData","SendDtmf","InitiateConference","Hold",
        "SingleStepTransfer","InitiateTransfer","AttachUserData","DeleteUserDataPair",
        "SingleStepConference","DeleteUserData","Hangup","StartCallRecording"],
      "userData":{"GSIP_RECORD":"OFF","IW_CaseUid":"d7e2c775-edaa-4d1e-b65c-bd48371b43ad",
        "GSIP_REC_FN":"01RCC3N118B1V0SL807GK2LAES00000V_15000_15000_15001_2015-10-16_14-26-23"},
      "duration":"353","mute":"Off","recordingState":"Stopped","supervisorListeningIn":false,
      "uri":"http://127.0.0.1:8080/api/v2/me/calls/01RCC3N118B1V0SL807GK2LAES00000V",
      "path":"/calls/01RCC3N118B1V0SL807GK2LAES00000V"},
      "phoneNumber":"15000","messageType":"CallStateChangeMessage"},"channel":"/v2/me/calls"}]
    """#.utf8)

  /// Short, and with one of everything: escapes, a pair of surrogates, characters of one to four
  /// bytes, every kind of number, every literal, nesting, a repeated name, all white space.
  static let everything = Array(
    "{\"a\\u0041\\ud83d\\uDE00\\n\" :\t[ 0,-0.5e+10,12E3,7e-1, true,false ,null,\r\n\"é€😀\",{},[]],\"a\":1,\"a\":2}"
      .utf8)
}

/// SplitMix64: the same numbers from the same seed on every machine.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}

func nested(_ depth: Int, around inner: String = "") -> String {
  String(repeating: "[", count: depth) + inner + String(repeating: "]", count: depth)
}
