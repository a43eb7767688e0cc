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
  let says: [Reply]
  var unknownFor = Duration.zero
  /// To every question; nil for the truth.
  var looks: Reply?
  let ends: Grade
  /// The likeliest causes, in order, as far as they matter.
  var because: [Cause] = []
  /// Commands that reach the platform.
  let sent: Int

  var testDescription: String { "\(route): \(title)" }

  static let all = recordings + actions + events + sessions + cloud

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
