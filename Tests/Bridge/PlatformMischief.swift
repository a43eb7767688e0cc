import Bayeux

@testable import Simulator

/// What happens on the platform by itself: the day's work, and what goes wrong.
extension Platform {
  enum Happening: CaseIterable {
    case callBegins, callEnds, recordingChanges, recordingChangesInSilence, dataIsAttached, burst
    case callIsHeld, deviceSpeaks, httpSessionExpires, sessionForgotten, sessionForgottenLate
    case connectsCut, faultArmed, strangerSpeaks
    case socketsClosed, socketsReset, socketsSilenced

    /// How often of a hundred; a day's work is the most of it.
    var weight: Int {
      switch self {
      case .callBegins: 14
      case .recordingChanges, .dataIsAttached: 12
      case .callEnds: 7
      case .faultArmed: 20
      case .burst, .callIsHeld, .deviceSpeaks: 6
      case .httpSessionExpires, .sessionForgotten, .sessionForgottenLate, .connectsCut: 4
      case .socketsClosed, .socketsReset, .socketsSilenced: 3
      case .recordingChangesInSilence, .strangerSpeaks: 2
      }
    }

    var isTrouble: Bool {
      switch self {
      case .callBegins, .recordingChanges, .dataIsAttached, .callEnds, .burst, .callIsHeld: false
      case .deviceSpeaks, .strangerSpeaks: false
      case .faultArmed, .httpSessionExpires, .sessionForgotten, .sessionForgottenLate: true
      case .connectsCut, .recordingChangesInSilence: true
      case .socketsClosed, .socketsReset, .socketsSilenced: true
      }
    }

    static let all = allCases.flatMap { Array(repeating: $0, count: $0.weight) }
  }

  static let callsAtOnce = 3

  mutating func happen(
    _ happening: Happening, at time: Duration, _ random: inout SplitMix64
  ) -> [PlatformEnd] {
    if happening.isTrouble, !random.chance(troublePercent) {
      return happen(.recordingChanges, at: time, &random)
    }
    let agent = random.pick(Platform.agents)
    let live = model.liveCalls(of: agent).map(\.id)
    guard let id = live.isEmpty ? nil : random.pick(live) else {
      return begin(of: agent, at: time, &random)
    }
    let state = random.pick(RecordingState.allCases)
    switch happening {
    case .callBegins:
      guard live.count < Platform.callsAtOnce else { return [] }
      return begin(of: agent, at: time, &random)
    case .callEnds: return change(at: time) { try? $0.endCall(id) }
    case .recordingChanges: return change(at: time) { try? $0.setRecording(id, state) }
    case .recordingChangesInSilence:
      guard !hidesNothing else { return [] }
      isUntold = true
      return change(at: time) { try? $0.setRecordingInSilence(id, state) }
    case .dataIsAttached:
      let value = Array(String(Int.random(in: 0..<1000, using: &random)).utf8)
      return change(at: time) { try? $0.attachData(id, [("note", value)]) }
    case .burst:
      let count = Int.random(in: 2...4, using: &random)
      return change(at: time) { try? $0.startBurst(id, count: count) }
    case .callIsHeld: return change(at: time) { try? $0.setCallState(id, .held) }
    case .deviceSpeaks: return speak(of: agent, "DeviceStateChangeMessage", at: time, &random)
    case .strangerSpeaks: return speak(of: agent, "SomethingNew", at: time, &random)
    case .httpSessionExpires: return change(at: time) { $0.expireHTTPSessions(of: agent) }
    case .sessionForgotten: return forgetSessions(of: agent, .unknown, at: time)
    case .sessionForgottenLate: return forgetSessions(of: agent, .lateNone, at: time)
    case .connectsCut: return change(at: time) { $0.cutHeldConnects(of: agent) }
    case .socketsClosed:
      let code = random.pick([1000, 1001, 1011])
      return change(at: time) { $0.closeSockets(of: agent, code: code) }
    case .socketsReset: return change(at: time) { $0.resetSockets(of: agent) }
    case .socketsSilenced: return change(at: time) { $0.silenceSockets(of: agent) }
    case .faultArmed: return arm(of: agent, at: time, &random)
    }
  }

  private mutating func begin(
    of agent: String, at time: Duration, _ random: inout SplitMix64
  ) -> [PlatformEnd] {
    var plan = CallPlan(agent: agent)
    plan.recording = random.pick([nil, .recording, .recording, .stopped, .paused])
    return change(at: time) { _ = try? $0.createCall(plan) }
  }

  private mutating func speak(
    of agent: String, _ type: String, at time: Duration, _ random: inout SplitMix64
  ) -> [PlatformEnd] {
    let number = Int.random(in: 0..<1_000_000, using: &random)
    let data = Array(#"{"messageType":"\#(type)","number":\#(number)}"#.utf8)
    return change(at: time) {
      try? $0.publishRaw(agent: agent, channel: "/v2/me/devices", data: data)
    }
  }

  private mutating func arm(
    of agent: String, at time: Duration, _ random: inout SplitMix64
  ) -> [PlatformEnd] {
    let paths = random.pick(PathClass.allCases)
    let retry = random.pick([nil, 1, 7])
    let kind: Fault.Kind = random.pick([
      .unavailable(paths, status: 503, retryAfterSeconds: retry), .html(paths, status: 200),
      .cut(paths), .truncate(paths), .refuseLogin, .refuseSubscription(channel: nil),
      .refuseCommand(statusCode: 7, httpStatus: 200),
      .refuseCommand(statusCode: 2, httpStatus: 400), .ignoreCommand, .failCommandLate,
      .swallowNotification, .delayNotification(.milliseconds(900)),
      .notificationFirst(replyDelay: .milliseconds(300)), .lyingWitness(.recordingState),
      .lyingWitness(.attachedData), .lyingWitness(.capabilities), .dropEvent, .duplicateEvent,
      .swapEvents, .invalidUTF8, .withoutCall, .bigUserData(sizeBytes: 3000),
      .refuseUpgrade(status: random.pick([400, 503])), .silentSocket, .refuseConnect, .staleRoute,
    ])
    switch kind {
    case .swallowNotification, .delayNotification, .dropEvent, .swapEvents:
      guard !hidesNothing else { return [] }
      isUntold = true
    // A session drops its cookies once, and again only after a healthy connect.
    case .staleRoute:
      guard !hasStaleRoute else { return [] }
      hasStaleRoute = true
    default: break
    }
    let count = kind == .staleRoute ? 1 : random.pick([1, 1, 1, 2, 4])
    return change(at: time) { _ = $0.arm(Fault(kind, agent: agent, count: count)) }
  }

  mutating func calm(at time: Duration) -> [PlatformEnd] {
    change(at: time) { $0.clearFaults() }
  }
}

extension SplitMix64 {
  mutating func pick<Element>(_ choices: [Element]) -> Element {
    choices[Int.random(in: 0..<choices.count, using: &self)]
  }

  mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }

  mutating func milliseconds(_ range: ClosedRange<Int>) -> Duration {
    .milliseconds(Int.random(in: range, using: &self))
  }
}

extension Platform {
  /// One more notification: the agent's first call, or a new one.
  mutating func giveSign(to agent: String, at time: Duration) -> [PlatformEnd] {
    change(at: time) { model in
      if let id = model.liveCalls(of: agent).first?.id {
        try? model.attachData(id, [("sign", Array("1".utf8))])
      } else {
        _ = try? model.createCall(CallPlan(agent: agent))
      }
    }
  }
}
