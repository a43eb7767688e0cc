import Commands
import Testing

/// What five people asked about, and what becomes of it here: the table that reads like the source
/// documents.
struct RouteStory: Sendable, CustomTestStringConvertible {
  typealias Reply = RouteStub.Reply

  let title: String
  let route: String
  let operation: Operation
  var parameters: [String: String] = [:]
  /// The words of the platform for the state before and after.
  let from: String
  let to: String
  /// To the commands, in their order; the last one goes on.
  var says: [Reply]
  var unknownFor = Duration.zero
  /// To every question; nil for the truth.
  var looks: Reply?
  let ends: Grade
  /// The likeliest causes, in order, as far as they matter.
  var because: [Cause] = []
  /// Commands that reach the platform.
  let sent: Int

  var testDescription: String { "\(route): \(title)" }

  static let all = recordings + actions + events + sessions + services + workspace + cloud
  /// Those that go as they should at the first attempt.
  static let happy = all.filter { $0.ends.isConfirmed && $0.says.count == 1 && $0.says[0].isGood }

  /// Whether the platform tells what happened.
  var isNotified: Bool { route == "gws-v2" || route == "workspace-v3" }

  // MARK: Source document 000

  private static func stop000(
    _ title: String, from state: String = "started", given: [String: String] = [:],
    says: [Reply], ends: Grade, because: [Cause] = [], sent: Int
  ) -> RouteStory {
    RouteStory(
      title: title, route: "genesys-cloud-recordings", operation: .stop, parameters: given,
      from: state, to: "stopped", says: says, ends: ends, because: because, sent: sent)
  }

  private static let notStartable = Reply.no(409, "The recording is not in a startable state.")

  static let recordings = [
    stop000("a stop", says: [.yes()], ends: .confirmedPolled, sent: 1),
    stop000(
      "it had stopped already", from: "stopped", given: ["recording": "R1"], says: [notStartable],
      ends: .satisfied, sent: 0),
    stop000(
      "the start was still being processed", says: [notStartable, .yes()],
      ends: .confirmedPolled, sent: 2),
    stop000(
      "the recording goes on refusing, the conversation takes it",
      says: [notStartable, notStartable, .yes()], ends: .confirmedPolled, sent: 3),
    stop000(
      "409 for ever", says: [notStartable], ends: .rejected,
      because: [.platformBusy, .wrongID, .notYetRegistered, .alreadyFinished], sent: 4),
    stop000(
      "the id is that of another thing", given: ["recording": "R9"], says: [.no(404)],
      ends: .rejected, because: [.wrongID], sent: 1),
    stop000(
      "503 for ever", says: [.no(503)], ends: .unconfirmed, because: [.platformUnreachable],
      sent: 4),
    stop000(
      "403, the permission is missing", says: [.no(403)], ends: .rejected,
      because: [.missingPermission], sent: 4),
    stop000("429 for ever", says: [.no(429)], ends: .rejected, because: [.throttled], sent: 4),
  ]

  // MARK: Source document 001

  private static func stop001(
    _ title: String, from state: String = "in-progress", unknownFor: Duration = .zero,
    says: [Reply], ends: Grade, because: [Cause] = [], sent: Int
  ) -> RouteStory {
    RouteStory(
      title: title, route: "genesys-cloud-actions", operation: .stop,
      parameters: ["recording": "R1"], from: state, to: "complete", says: says,
      unknownFor: unknownFor, ends: ends, because: because, sent: sent)
  }

  private static let notPermitted = Reply.no(
    403, "You do not have permission to perform this action.")

  static let actions = [
    stop001("a stop", says: [.yes()], ends: .confirmedPolled, sent: 1),
    stop001(
      "403 because it has finished", from: "complete", says: [notPermitted], ends: .satisfied,
      sent: 0),
    stop001(
      "403 because it finishes while the stop is on its way", says: [.overtaken(403)],
      ends: .confirmedPolled, sent: 1),
    stop001(
      "403 because the permission is missing", says: [notPermitted], ends: .rejected,
      because: [.missingPermission, .notYetRegistered, .alreadyFinished], sent: 4),
    stop001(
      "403 because the webhook was quicker than the registration", unknownFor: .seconds(3),
      says: [.yes()], ends: .confirmedPolled, sent: 2),
  ]

  // MARK: Source document 002

  private static func event(
    _ title: String, _ operation: Operation = .stop, from state: String? = nil, says: [Reply],
    looks: Reply? = nil, ends: Grade, because: [Cause] = [], sent: Int
  ) -> RouteStory {
    RouteStory(
      title: title, route: "genesys-cloud-events", operation: operation,
      from: state ?? (operation == .stop ? "recording" : "ended"),
      to: operation == .stop ? "ended" : "recording", says: says, looks: looks, ends: ends,
      because: because, sent: sent)
  }

  static let events = [
    event("a start", .start, says: [.yes(202)], ends: .confirmedPolled, sent: 1),
    event("a stop", says: [.yes(202)], ends: .confirmedPolled, sent: 1),
    event("it runs already", .start, from: "recording", says: [], ends: .satisfied, sent: 0),
    event("it has stopped already", from: "ended", says: [], ends: .satisfied, sent: 0),
    event(
      "409, and somebody else has stopped it", says: [.overtaken(409)], ends: .confirmedPolled,
      sent: 1),
    event(
      "409 for ever", says: [.no(409)], ends: .rejected,
      because: [.platformBusy, .alreadyFinished], sent: 4),
    event(
      "404, the conversation has ended", says: [.no(404)], ends: .rejected, because: [.wrongID],
      sent: 4),
    event(
      "202, and it goes on recording", says: [.accepts()], ends: .unconfirmed,
      because: [.notificationLost, .platformBusy, .wrongID], sent: 1),
    event(
      "403, the scope is missing", says: [.no(403)], ends: .rejected,
      because: [.missingPermission], sent: 1),
    event("401 twice", says: [.no(401)], ends: .rejected, because: [.notLoggedIn], sent: 2),
    event(
      "429 with Retry-After, then 202", says: [.no(429, after: 5), .yes(202)],
      ends: .confirmedPolled, sent: 2),
    event(
      "429 on a start", .start, says: [.no(429, after: 1)], ends: .rejected,
      because: [.throttled], sent: 1),
    event(
      "429 with a Retry-After beyond the deadline", says: [.no(429, after: 60)], ends: .rejected,
      because: [.throttled], sent: 1),
    event(
      "429 for everything, for ever", says: [], looks: .no(429, after: 1), ends: .rejected,
      because: [.throttled], sent: 0),
    event(
      "503 for everything, for ever", says: [], looks: .no(503), ends: .rejected,
      because: [.platformUnreachable], sent: 0),
    event(
      "503 on a start", .start, says: [.no(503)], ends: .unconfirmed,
      because: [.platformUnreachable], sent: 1),
  ]

  // MARK: Source document 003

  private static func start003(
    _ title: String, from state: String = "active", says: [Reply], ends: Grade,
    because: [Cause] = [], sent: Int
  ) -> RouteStory {
    RouteStory(
      title: title, route: "genesys-cloud-sessions", operation: .start,
      parameters: ["session": "S1"], from: state, to: "recording", says: says, ends: ends,
      because: because, sent: sent)
  }

  private static let notInState = Reply.no(
    400, "Session is not in a state that allows starting recording.")

  static let sessions = [
    start003("a start", says: [.yes(202)], ends: .confirmedPolled, sent: 1),
    start003("it records already", from: "recording", says: [], ends: .satisfied, sent: 0),
    start003(
      "400 because somebody else starts it meanwhile", says: [.overtaken(400)],
      ends: .confirmedPolled, sent: 1),
    start003(
      "400 because the body is malformed", says: [notInState], ends: .rejected,
      because: [.malformedRequest, .alreadyFinished, .missingPermission], sent: 1),
    start003(
      "403, the permission is missing", says: [.no(403)], ends: .rejected,
      because: [.missingPermission], sent: 1),
    start003(
      "400 because the call is over", from: "completed", says: [notInState], ends: .rejected,
      because: [.malformedRequest, .alreadyFinished], sent: 1),
  ]

  // MARK: Source document 004, and the vendor's table of return values

  private static func gws(
    _ title: String, _ operation: Operation = .stop, from state: String = "Recording",
    to last: String = "Stopped", says: [Reply], looks: Reply? = nil, ends: Grade,
    because: [Cause] = [], sent: Int
  ) -> RouteStory {
    RouteStory(
      title: title, route: "gws-v2", operation: operation, from: state, to: last, says: says,
      looks: looks, ends: ends, because: because, sent: sent)
  }

  static let services = [
    gws("a stop", says: [.yes(code: 0)], ends: .confirmedNotified, sent: 1),
    gws(
      "a start", .start, from: "Stopped", to: "Recording", says: [.yes(code: 0)],
      ends: .confirmedNotified, sent: 1),
    gws("a pause", .pause, to: "Paused", says: [.yes(code: 0)], ends: .confirmedNotified, sent: 1),
    gws(
      "a resume", .resume, from: "Paused", to: "Recording", says: [.yes(code: 0)],
      ends: .confirmedNotified, sent: 1),
    gws("it has stopped already", from: "Stopped", says: [], ends: .satisfied, sent: 0),
    gws(
      "a pause of what has ended", .pause, from: "Stopped", says: [], ends: .rejected,
      because: [.alreadyFinished], sent: 0),
    gws(
      "0 means accepted, and it goes on recording", says: [.accepts(200, code: 0)],
      ends: .unconfirmed, because: [.notificationLost, .platformBusy, .wrongID], sent: 1),
    gws(
      "0, and the notification is lost", says: [.silent(code: 0)], ends: .confirmedPolled,
      sent: 1),
    gws(
      "9, processing is not complete, and then it is", says: [.yes(code: 9)],
      ends: .confirmedNotified, sent: 1),
    gws(
      "1, a parameter is missing", says: [.no(500, code: 1)], ends: .rejected,
      because: [.malformedRequest], sent: 1),
    gws(
      "2, the state does not allow it: somebody else was quicker",
      says: [.overtaken(500, code: 2)], ends: .confirmedNotified, sent: 1),
    gws(
      "2, until the start before it is done", says: [.no(500, code: 2), .yes(code: 0)],
      ends: .confirmedNotified, sent: 2),
    gws(
      "2 for ever", says: [.no(500, code: 2)], ends: .rejected,
      because: [.platformBusy, .notYetRegistered, .alreadyFinished], sent: 4),
    gws(
      "3, forbidden", says: [.no(403, code: 3)], ends: .rejected, because: [.missingPermission],
      sent: 1),
    gws(
      "4, the device is not registered, for ever",
      says: [.no(500, code: 4, "Device is not registered.")], ends: .rejected,
      because: [.platformBusy], sent: 4),
    gws(
      "4, an internal error that passes", says: [.no(500, code: 4), .yes(code: 0)],
      ends: .confirmedNotified, sent: 2),
    gws(
      "5, the permission is missing", says: [.no(403, code: 5)], ends: .rejected,
      because: [.missingPermission], sent: 1),
    gws(
      "6, because the call has ended", to: RouteStub.gone, says: [.overtaken(500, code: 6)],
      ends: .impliedReleased, sent: 1),
    gws(
      "6, and the call is there", says: [.no(500, code: 6)], ends: .rejected,
      because: [.wrongID, .notYetRegistered, .alreadyFinished], sent: 4),
    gws(
      "7, a part of it was done", says: [.no(200, code: 7)], ends: .unconfirmed,
      because: [.platformUnreachable], sent: 4),
    gws(
      "8, the password has to be changed", says: [.no(403, code: 8)], ends: .rejected,
      because: [.notLoggedIn], sent: 1),
    gws(
      "10, what was sent is not valid", says: [.no(400, code: 10)], ends: .rejected,
      because: [.malformedRequest], sent: 1),
    gws(
      "15, it could not be updated, on a start", .start, from: "Stopped", to: "Stopped",
      says: [.no(500, code: 15)], ends: .rejected, because: [.platformBusy], sent: 1),
    gws(
      "19, it is in use", says: [.no(500, code: 19), .yes(code: 0)], ends: .confirmedNotified,
      sent: 2),
    gws(
      "20, the login is over: a new one, and once more",
      says: [.no(403, code: 20, "Access denied"), .yes(code: 0)], ends: .confirmedNotified,
      sent: 2),
    gws(
      "20 for ever", says: [.no(403, code: 20, "Access denied")], ends: .rejected,
      because: [.notLoggedIn], sent: 2),
    gws(
      "20 on a start", .start, from: "Stopped", says: [.no(403, code: 20, "Access denied")],
      ends: .rejected, because: [.notLoggedIn], sent: 1),
    gws(
      "403, the token against forgery is not known",
      says: [.no(403, "Missing or invalid Csrf token"), .yes(code: 0)], ends: .confirmedNotified,
      sent: 2),
    gws(
      "429 with Retry-After, then 0", says: [.no(429, after: 3), .yes(code: 0)],
      ends: .confirmedNotified, sent: 2),
    gws(
      "503 for ever", says: [.no(503, "<html>")], ends: .unconfirmed,
      because: [.platformUnreachable], sent: 4),
    gws(
      "503 on a start that took effect all the same", .start, from: "Stopped", to: "Recording",
      says: [.overtaken(503)], ends: .confirmedNotified, sent: 1),
  ]

  // MARK: The vendor's client libraries and simulator, Workspace v3

  private static func v3(
    _ title: String, _ operation: Operation = .stop, from state: String = "Recording",
    to last: String = "Stopped", says: [Reply], ends: Grade, because: [Cause] = [], sent: Int
  ) -> RouteStory {
    RouteStory(
      title: title, route: "workspace-v3", operation: operation, from: state, to: last,
      says: says, ends: ends, because: because, sent: sent)
  }

  static let workspace = [
    v3("a stop", says: [.yes(code: 1)], ends: .confirmedNotified, sent: 1),
    v3(
      "a start", .start, from: "Stopped", to: "Recording", says: [.yes(code: 1)],
      ends: .confirmedNotified, sent: 1),
    v3("a pause", .pause, to: "Paused", says: [.yes(code: 1)], ends: .confirmedNotified, sent: 1),
    v3(
      "a resume", .resume, from: "Paused", to: "Recording", says: [.yes(code: 0)],
      ends: .confirmedNotified, sent: 1),
    v3("it has stopped already", from: "Stopped", says: [], ends: .satisfied, sent: 0),
    v3(
      "1, and then an EventError by its id", says: [.fails(code: 1, "Unknown call")],
      ends: .rejected, because: [.wrongID], sent: 1),
    v3(
      "1, and the desktop's own stop is told", says: [.overtaken(200, code: 1)],
      ends: .confirmedNotified, sent: 1),
    v3(
      "1, and nothing happens", says: [.accepts(200, code: 1)], ends: .unconfirmed,
      because: [.notificationLost, .platformBusy, .wrongID], sent: 1),
    v3(
      "603, the session is over: a new one, and once more",
      says: [.no(403, code: 603, "Unauthorized"), .yes(code: 1)], ends: .confirmedNotified,
      sent: 2),
    v3(
      "603 for ever", says: [.no(403, code: 603, "Unauthorized")], ends: .rejected,
      because: [.notLoggedIn], sent: 2),
    v3("401 for ever", says: [.no(401)], ends: .rejected, because: [.notLoggedIn], sent: 2),
    v3(
      "500, an unknown call that is there", says: [.no(500, unknownCall)], ends: .rejected,
      because: [.wrongID], sent: 4),
    v3(
      "500, an unknown call that has ended", to: RouteStub.gone,
      says: [.overtaken(500, unknownCall)], ends: .impliedReleased, sent: 1),
    v3(
      "501, an unknown command", says: [.no(501)], ends: .rejected, because: [.malformedRequest],
      sent: 1),
    v3(
      "another code, of which no table is published", says: [.no(400, code: 42, "Invalid DN")],
      ends: .rejected, because: [.malformedRequest], sent: 1),
    v3(
      "408, then good", says: [.no(408), .yes(code: 1)], ends: .confirmedNotified, sent: 2),
    v3("429 for ever", says: [.no(429)], ends: .rejected, because: [.throttled], sent: 4),
    v3(
      "503 for ever", says: [.no(503)], ends: .unconfirmed, because: [.platformUnreachable],
      sent: 4),
  ]

  private static let unknownCall = "Call with C1 id does not exist for alice"

  // MARK: The published API

  private static func published(
    _ title: String, _ operation: Operation = .pause, from state: String = "active",
    to last: String = "paused", says: [Reply], ends: Grade, because: [Cause] = [], sent: Int
  ) -> RouteStory {
    RouteStory(
      title: title, route: "genesys-cloud", operation: operation, from: state, to: last,
      says: says, ends: ends, because: because, sent: sent)
  }

  static let cloud = [
    published("a pause", says: [.yes(204)], ends: .confirmedPolled, sent: 1),
    published(
      "a resume", .resume, from: "paused", to: "active", says: [.yes(204)],
      ends: .confirmedPolled, sent: 1),
    published(
      "a snippet", .start, from: "NONE", to: "ACTIVE", says: [.yes(204)],
      ends: .confirmedPolled, sent: 1),
    published(
      "the end of a snippet", .stop, from: "ACTIVE", to: "NONE", says: [.yes(204)],
      ends: .confirmedPolled, sent: 1),
    published(
      "403 on a pause", says: [.no(403)], ends: .rejected, because: [.missingPermission], sent: 1),
    published(
      "400 on a pause", says: [.no(400)], ends: .rejected, because: [.malformedRequest], sent: 1),
    published("404 on a pause", says: [.no(404)], ends: .rejected, because: [.wrongID], sent: 4),
    published(
      "429, then good", says: [.no(429, after: 2), .yes(204)], ends: .confirmedPolled, sent: 2),
  ]
}
