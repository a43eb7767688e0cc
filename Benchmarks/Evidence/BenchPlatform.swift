import Bridge
import Commands
import JSON

/// A platform that answers everything well, and whose calls go as a busy centre's do.
///
/// Each agent has one call after the other, of ten notifications: it rings, is answered, is
/// recorded, has data attached, ends. Three agents in ten have the recording paused, resumed and
/// stopped, each by a command.
struct BenchPlatform {
  /// What one turn of the loop brings.
  typealias Inputs = [Bridge.Input]

  private let agents: [String]
  private var connects: [String: (request: RequestID, id: String)] = [:]
  private var commands: [(agent: String, request: RequestID)] = []
  private var answers: Inputs = []
  private var call = 0
  private var lastAsk: UInt64 = 0
  /// Notifications so far: data are attached in each, so that none repeats the one before.
  private var said = 0

  init(agents: [String]) { self.agents = agents }

  /// Takes what the bridge asks of it.
  mutating func take(_ effects: [Bridge.Effect]) throws {
    for case .request(let request) in effects {
      if request.target == "/api/v2/notifications" || request.target.contains("/notifications/") {
        try takeBayeux(request)
      } else if request.method == .post, request.target.contains("/me/calls/") {
        commands.append((request.agent, request.id))
      } else {
        answers.append(answer(request.id, #"{"statusCode":0,"user":{},"calls":[]}"#))
      }
    }
  }

  private mutating func takeBayeux(_ request: PlatformRequest) throws {
    var replies: [String] = []
    for message in try JSONValue.parse(request.body ?? []).elements {
      let id = message["id"]?.string ?? ""
      let channel = message["channel"]?.string ?? ""
      if channel == "/meta/connect" {
        guard message["advice"] == nil else {
          replies.append(Self.reply(id, channel, ""))
          continue
        }
        connects[request.agent] = (request.id, id)
        return
      }
      var members = ""
      if channel == "/meta/handshake" {
        members = #","clientId":"w1","version":"1.0","supportedConnectionTypes":["long-polling"]"#
      } else if let subscription = message["subscription"] {
        members = ",\"subscription\":\(String(decoding: subscription.raw, as: UTF8.self))"
      }
      replies.append(Self.reply(id, channel, members))
    }
    answers.append(answer(request.id, "[\(replies.joined(separator: ","))]"))
  }

  private static func reply(_ id: String, _ channel: String, _ members: String) -> String {
    "{\"id\":\"\(id)\",\"channel\":\"\(channel)\",\"successful\":true\(members)}"
  }

  private func answer(_ id: RequestID, _ body: String) -> Bridge.Input {
    .answered(id, .response(status: 200, headers: [], body: Array(body.utf8)))
  }

  /// Every agent holds a connect.
  var isSettled: Bool { connects.count == agents.count && answers.isEmpty }

  /// What is answered at once.
  mutating func due() -> Inputs {
    defer { answers = [] }
    return answers
  }

  // MARK: - A call of every agent

  /// The turns of one call of every agent, the first of which is due now; each waits for the
  /// effects of the one before.
  enum Step: CaseIterable {
    case begins, isPaused, pause, isResumed, resume, isStopped, stop, ends
  }

  /// What the bridge gets in this step.
  mutating func step(_ step: Step) -> Inputs {
    switch step {
    case .begins:
      call += 1
      return hear(agents, [nil, nil, nil, "Recording", "Recording"])
    case .isPaused: return ask(.pause)
    case .pause: return obey("Paused")
    case .isResumed: return ask(.resume)
    case .resume: return obey("Recording")
    case .isStopped: return ask(.stop)
    case .stop: return obey("Stopped")
    case .ends:
      let others = agents.filter { !isCommanded($0) }
      return hear(others, Array(repeating: "Recording", count: 4) + [""])
        + hear(agents.filter(isCommanded), ["Stopped", ""])
    }
  }

  private func isCommanded(_ agent: String) -> Bool { agent.utf8.last.map { $0 % 4 == 0 } ?? false }

  private mutating func ask(_ operation: Operation) -> Inputs {
    agents.filter(isCommanded).map { agent in
      lastAsk += 1
      return .asked(
        AskID(rawValue: lastAsk),
        Ask(
          call: name(of: agent), operation: operation, agent: agent, key: "order-\(lastAsk)",
          origin: Origin(uid: 0, gid: 0, name: "root")))
    }
  }

  private mutating func obey(_ state: String) -> Inputs {
    let taken = commands.map { answer($0.request, #"{"statusCode":0}"#) }
    let heard = hear(commands.map(\.agent), [state])
    commands = []
    return taken + heard
  }

  /// Notifications with the answer to each one's held connect; an empty state ends the call.
  private mutating func hear(_ agents: [String], _ states: [String?]) -> Inputs {
    agents.compactMap { agent in
      guard let connect = connects.removeValue(forKey: agent) else { return nil }
      let texts = states.map { state in
        said += 1
        return "{\"channel\":\"/v2/me/calls\",\"data\":"
          + "\(notification(name(of: agent), state))},"
      }
      let reply = Self.reply(connect.id, "/meta/connect", "")
      return answer(connect.request, "[\(texts.joined())\(reply)]")
    }
  }

  /// Ids of one switch begin alike and count up.
  private func name(of agent: String) -> String {
    let digits = String(call, radix: 32, uppercase: true)
    let zeros = String(repeating: "0", count: 6 - digits.utf8.count)
    return "01RCC3N118B1V0SL807GK2\(agent.uppercased())\(zeros)\(digits)"
  }

  /// Of the members and sizes that the vendor's samples have.
  private func notification(_ call: String, _ state: String?) -> String {
    let isOver = state == ""
    let (record, able) =
      switch state {
      case "Recording": ("ON", #","PauseCallRecording","StopCallRecording""#)
      case "Paused": ("PAUSED", #","ResumeCallRecording","StopCallRecording""#)
      default: ("OFF", #","StartCallRecording""#)
      }
    let file =
      state == nil
      ? "" : #""GSIP_REC_FN":"\#(call)_5001_15550100_5001_2026-11-25_18-24-23_sip-example","#
    let shown = state.map { isOver ? "" : #","recordingState":"\#($0)""# } ?? ""
    let kind = state == nil || isOver ? "StatusChange" : "CallRecordingStateChange"
    let base = "http://gws.example:8080/api/v2"
    return #"{"notificationType":"\#(kind)","call":{"id":"\#(call)","#
      + #""state":"\#(isOver ? "Released" : "Established")","callUuid":"\#(call)","#
      + #""connId":"007102719818001f","deviceUri":"\#(base)/devices/631608b3-ceb1-472b","#
      + #""participants":[{"e164Number":"","formattedPhoneNumber":"15550100","#
      + #""phoneNumber":"15550100","digits":"15550100"}],"dnis":"5001","callType":"Inbound","#
      + #""capabilities":[\#(isOver ? "" : Self.capabilities + able)],"userData":{\#(file)"#
      + #""GSIP_RECORD":"\#(record)","IW_BundleUid":"717f9130-a1d9-4092-f8b9-7804ee2592ea","#
      + #""IW_CaseUid":"d7e2c775-edaa-4d1e-b65c-bd48371b43ad","Step":"\#(said)"},"#
      + #""duration":"353","mute":"Off"\#(shown),"supervisorListeningIn":false,"#
      + #""monitoredUserMuted":false,"monitoring":false,"#
      + #""uri":"\#(base)/me/calls/\#(call)","path":"/calls/\#(call)"},"phoneNumber":"15000","#
      + #""messageType":"CallStateChangeMessage"}"#
  }

  private static let capabilities =
    #""UpdateUserData","SendDtmf","InitiateConference","Hold","SingleStepTransfer","#
    + #""InitiateTransfer","AttachUserData","DeleteUserDataPair","SingleStepConference","#
    + #""DeleteUserData","Hangup""#
}
