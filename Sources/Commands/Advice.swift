import Calls

/// Why a command may have ended as it did, with the way out.
///
/// The knowledge is that of people who could not tell what had become of their command: integrators
/// of these platforms who asked each other why a stop was answered with 400, 403, 404 or 409, or
/// was accepted and never seen.
package enum Cause: String, CaseIterable, Sendable {
  /// The call or recording that was named is not the one that is recorded.
  case wrongID = "wrong-id"
  /// The credentials may look but not act.
  case missingPermission = "missing-permission"
  /// The recording began a moment ago, and the platform does not know it yet everywhere.
  case notYetRegistered = "not-yet-registered"
  /// There was nothing left to do: the recording, or the call, was over.
  case alreadyFinished = "already-finished"
  /// A limit of the platform was reached.
  case throttled
  /// An earlier change was still being carried out.
  case platformBusy = "platform-busy"
  /// The platform did not understand the request.
  case malformedRequest = "malformed-request"
  /// The login or the token was not good.
  case notLoggedIn = "not-logged-in"
  /// The platform gave no usable answer.
  case platformUnreachable = "platform-unreachable"
  /// It was accepted, and then what shows its effect did not come.
  case notificationLost = "notification-lost"
  /// The platform was asked how the recording stands, and gave no usable answer.
  case lookFailed = "look-failed"
  /// The agent was not observed at that time.
  case nobodyLooking = "nobody-looking"
  /// The witnesses contradict each other.
  case witnessesDisagree = "witnesses-disagree"
  /// Something began or resumed the recording again.
  case recordedAgain = "recorded-again"
  /// A pause took the place of a stop.
  case pausedInstead = "paused-instead"
  /// It was only to be observed, and whoever was to send it did not.
  case sentByNobody = "sent-by-nobody"
  /// The platform said no in words and numbers that nobody here knows.
  case unexplained

  /// What happened, if this is the cause.
  package var meaning: String {
    switch self {
    case .wrongID: "the id is not that of a call or recording that runs now"
    case .missingPermission: "the credentials may not do this, though they may read"
    case .notYetRegistered:
      "the recording had just begun and the platform did not know it everywhere yet"
    case .alreadyFinished: "the recording, or the call, was over already"
    case .throttled: "a limit was reached: too many requests, or too many recordings"
    case .platformBusy: "the platform was still carrying out an earlier change"
    case .malformedRequest: "the platform did not understand the request"
    case .notLoggedIn: "the login or the token was not good"
    case .platformUnreachable: "the platform gave no usable answer; it may have acted or not"
    case .notificationLost:
      "the platform accepted it, and nothing came that shows the effect"
    case .lookFailed:
      "the platform was asked how the recording stands, and gave no answer that tells"
    case .nobodyLooking: "the agent was not observed then; the answer fell into a gap"
    case .witnessesDisagree:
      "recording state, attached data and capabilities contradict each other"
    case .recordedAgain:
      "it took effect and something recorded again: a rule, a supervisor, another program"
    case .pausedInstead:
      "a pause was asked for after it and took its place: the recording is still open"
    case .sentByNobody: "it was only observed here, and nobody else sent it"
    case .unexplained: "the platform refused it with an answer that nothing here explains"
    }
  }

  /// What to do about it now.
  package var remedy: String {
    switch self {
    case .wrongID:
      "compare the id with the platform's, or with recbridge calls where the platform notifies;"
        + " give that of the live call or of the running recording, not that of a conversation or"
        + " of a recording that has ended"
    case .missingPermission:
      "have the permission to control recordings given to this user or client, for a stop often"
        + " one more than for a pause; the platform's audit log names the one that is missing"
    case .notYetRegistered: "wait 3 seconds and give the command again"
    case .alreadyFinished:
      "look the recording up on the platform: if it has ended, nothing is left to do"
    case .throttled:
      "give the command again after the time that the platform asks for; slow down what else"
        + " uses the same client"
    case .platformBusy:
      "look at the recording on the platform, or with recbridge calls where the platform notifies,"
        + " and, if it still records, give the command again after 1, 2 and 4 seconds"
    case .malformedRequest:
      "read the platform's message for the field it names, and compare the route with its"
        + " documentation"
    case .notLoggedIn: "check the agent's credentials; recbridge sessions says what the login said"
    case .platformUnreachable:
      "check the platform and the network; look at the recording there before you give the"
        + " command again"
    case .notificationLost:
      "look at the recording on the platform; if it still records, give the command again"
    case .lookFailed:
      "read what the look came to; compare the route's verification with the platform's"
        + " documentation, and check the credentials: recbridge routes check, recbridge sessions"
    case .nobodyLooking:
      "see recbridge sessions for why; look at the recording on the platform"
    case .witnessesDisagree:
      "trust none of them: listen to, or look at, the recording on the platform"
    case .recordedAgain:
      "find out who records: see recbridge tail --call, and the recording rules of the platform;"
        + " then stop it again"
    case .pausedInstead:
      "give the stop again if the recording is to end: whoever resumes it does not know of the stop"
    case .sentByNobody: "ask whoever was to send it, or send it from here without --observe"
    case .unexplained:
      "read the platform's answer and its documentation; a rule of the route can say what such an"
        + " answer means"
    }
  }
}

extension Command {
  /// The likely causes of an end that shows nothing of what was asked for, the likeliest first;
  /// none for a command that is open, or that ended well. What the route knows of a refusal goes
  /// before the general knowledge.
  package func causes(by route: Route?) -> [Cause] {
    guard let grade else { return [] }
    var causes: [Cause] = []
    if evidence.witnesses?.verdict == .disagree { causes.append(.witnessesDisagree) }
    switch grade {
    case .confirmedNotified, .confirmedResynced, .confirmedPolled, .impliedReleased, .satisfied:
      return []
    case .contradicted:
      causes += previously == nil ? causesWithoutEffect(route) + [.recordedAgain] : [.recordedAgain]
    case .superseded where !isException: return []
    case .superseded where supersededBy?.operation == .pause: causes += [.pausedInstead]
    case .superseded: causes += [.recordedAgain]
    case .rejected: causes += PlatformAnswer(evidence, route).causes
    case .unconfirmed: causes += causesWithoutEffect(route)
    case .unobservable: causes += [.nobodyLooking] + causesWithoutEffect(route)
    }
    var seen: Set<Cause> = []
    return causes.filter { seen.insert($0).inserted }
  }

  /// Says why it may have ended as it did, and what the route says of that. The ledger does so with
  /// each grade that it gives: whoever reads the record later may not have the route.
  mutating func explain(by route: Route?) {
    causes = causes(by: route)
    advice = advice(by: route)
  }

  /// The same command, explained if its record is of a version that did not say why.
  package func explained(by route: Route?) -> Command {
    var command = self
    if causes.isEmpty, advice == nil { command.explain(by: route) }
    return command
  }

  /// What the route says of the platform's refusal, if it ended with one.
  package func advice(by route: Route?) -> String? {
    guard let grade, !grade.isGood else { return nil }
    return route?.refusal(evidence)?.advice
  }

  /// Nothing showed the effect, or the opposite was seen.
  private func causesWithoutEffect(_ route: Route?) -> [Cause] {
    if mode == .observe { return [.sentByNobody, .notificationLost] }
    if evidence.showsAcceptance(by: route) {
      if grade == .contradicted { return [.platformBusy, .wrongID] }
      let looked: [Cause] = evidence.lookFailure == nil ? [] : [.lookFailed]
      return [.notificationLost] + looked + [.platformBusy, .wrongID]
    }
    let said = PlatformAnswer(evidence, route).causes
    return said.contains(.platformUnreachable) ? said : said + [.platformUnreachable]
  }
}

/// What the platform answered, read for its causes.
private struct PlatformAnswer {
  let httpStatus: Int?
  let words: String
  /// The recording was witnessed to run, so that it can hardly have been over.
  let wasRecording: Bool
  /// What the route says of such an answer.
  let told: [Cause]

  init(_ evidence: Evidence, _ route: Route?) {
    told = route?.refusal(evidence)?.causes ?? []
    httpStatus = evidence.httpStatus ?? evidence.statusCode
    words = evidence.message?.lowercased() ?? ""
    wasRecording = evidence.state == .recording
  }

  /// What a platform's own code means, only its route knows.
  var causes: [Cause] {
    if !told.isEmpty {
      // Whoever saw it record looks elsewhere first.
      return told.filter { !wasRecording || $0 != .alreadyFinished }
        + told.filter { wasRecording && $0 == .alreadyFinished }
    }
    let causes = spoken + (httpStatus.flatMap(usual) ?? [])
    // Whoever says no, with a status that nobody here can explain, has been reached.
    let wasRefused = httpStatus.map { (400...499).contains($0) } ?? false
    return causes.isEmpty ? [wasRefused ? .unexplained : .platformUnreachable] : causes
  }

  /// What an HTTP status usually means.
  private func usual(_ status: Int) -> [Cause]? {
    switch status {
    case 400: [.malformedRequest] + wrongState + [.missingPermission]
    case 401: [.notLoggedIn, .missingPermission]
    case 403: [.missingPermission] + over
    case 404, 410: [.wrongID, .notYetRegistered, .alreadyFinished]
    // Locked (RFC 4918 section 11.3) says the same in other words.
    case 409, 423: wrongState + [.wrongID]
    case 429: [.throttled]
    case 500...599: [.platformUnreachable]
    default: nil
    }
  }

  /// Whoever saw it record looks for a change under way first.
  private var wrongState: [Cause] {
    wasRecording
      ? [.platformBusy, .notYetRegistered, .alreadyFinished]
      : [.alreadyFinished, .platformBusy, .notYetRegistered]
  }

  private var over: [Cause] {
    wasRecording ? [.notYetRegistered, .alreadyFinished] : [.alreadyFinished, .notYetRegistered]
  }

  /// Words that say more than any code.
  private var spoken: [Cause] {
    func says(_ parts: String...) -> Bool { parts.contains { words.contains($0) } }
    if says("too many", "rate limit", "limit exceeded", "limit reached", "status 429") {
      return [.throttled]
    }
    if says("permission", "scope", "forbidden", "not allowed") { return [.missingPermission] }
    if says("unauthorized", "not authenticated", "login", "token", "status 401") {
      return [.notLoggedIn]
    }
    if says("not found", "no such", "unknown call") { return [.wrongID] }
    if says("was looked up") { return [.wrongID, .notYetRegistered, .alreadyFinished] }
    if says("not in a state", "state that", "already") { return wrongState }
    return []
  }
}

extension Evidence {
  /// The platform's own code, as far as it can be told from the HTTP status.
  fileprivate var code: Int64? { statusCode == httpStatus ? nil : statusCode.map(Int64.init) }

  /// Whether the platform's answer meant yes.
  fileprivate func showsAcceptance(by route: Route?) -> Bool {
    guard let route, let httpStatus else {
      return statusCode == 0 || (200...299).contains(statusCode ?? -1)
    }
    return route.successes.contains { $0.fits(httpStatus, code) }
  }
}

extension Route {
  /// The rule that reads the refusal that a command ended with.
  fileprivate func refusal(_ evidence: Evidence) -> Refusal? {
    guard let number = evidence.statusCode else { return nil }
    let words = evidence.message ?? ""
    if let status = evidence.httpStatus {
      return refusals.first {
        // A code that is the same number as the status is one all the same.
        $0.fits(status, evidence.code, words)
          || $0.codes.areNamed && $0.fits(status, Int64(number), words)
      }
    }
    // A failure that was told later has no status, nor has what was stored before it was kept.
    if Refusal.anyStatus.contains(number) { return refusals.first { $0.fits(number, nil, words) } }
    return refusals.first {
      ($0.statuses == Refusal.anyStatus || $0.codes.areNamed)
        && $0.fits($0.statuses.lowerBound, Int64(number), words)
    }
  }
}

extension Grade {
  /// Whether nothing is left to explain.
  var isGood: Bool { isConfirmed || self == .impliedReleased || self == .satisfied }
}
