import JSON

/// The routes of the socket: one list that answers requests, explains itself and names the methods.
enum Route: CaseIterable {
  case events, calls, sessions, commands, command, exceptions, acknowledgement, groups, group
  case groupEvents, groupAcknowledgement, erasures, health, readiness, metrics, checkpoint, proof
  case anchors, schema

  init?(_ segments: [String]) {
    let route = Self.allCases.first { route in
      route.pattern.count == segments.count
        && zip(route.pattern, segments).allSatisfy { $0.hasPrefix("{") ? !$1.isEmpty : $0 == $1 }
    }
    guard let route else { return nil }
    self = route
  }

  var pattern: [String] {
    switch self {
    case .events: ["v1", "events"]
    case .calls: ["v1", "calls"]
    case .sessions: ["v1", "sessions"]
    case .commands: ["v1", "commands"]
    case .command: ["v1", "commands", "{id}"]
    case .exceptions: ["v1", "exceptions"]
    case .acknowledgement: ["v1", "exceptions", "{id}", "acknowledge"]
    case .checkpoint: ["v1", "audit", "checkpoint"]
    case .proof: ["v1", "audit", "proof", "{id}"]
    case .anchors: ["v1", "audit", "anchors"]
    case .groups: ["v1", "groups"]
    case .group: ["v1", "groups", "{name}"]
    case .groupEvents: ["v1", "groups", "{name}", "events"]
    case .groupAcknowledgement: ["v1", "groups", "{name}", "ack"]
    case .erasures: ["v1", "erasures"]
    case .metrics: ["metrics"]
    case .health: ["healthz"]
    case .readiness: ["readyz"]
    case .schema: ["v1", "schema"]
    }
  }

  /// GET answers HEAD too: the server leaves the body out.
  var methods: [String] {
    switch self {
    case .commands: ["GET", "HEAD", "POST"]
    case .acknowledgement, .groupAcknowledgement, .erasures: ["POST"]
    case .group: ["GET", "HEAD", "PUT", "DELETE"]
    default: ["GET", "HEAD"]
    }
  }

  private var summary: String {
    switch self {
    case .events: "Events after a cursor: finite, or with stream=1 without end"
    case .calls: "The live calls, and the cursor at which that is exact"
    case .sessions: "The session of each agent"
    case .commands: "The latest commands; POST issues one"
    case .command: "One command; wait=SECONDS holds the answer until it is final"
    case .exceptions:
      "Pauses and stops that are not confirmed; acknowledged=1 shows those seen to as well"
    case .acknowledgement: "An operator has seen to an exception, and says why"
    case .checkpoint: "The newest checkpoint of the audit: a signed note"
    case .proof: "The proof of one entry of the audit: a .tlog-proof file"
    case .anchors: "Where checkpoints are kept besides the store, and why one is not"
    case .groups: "The groups: their cursors, their lag, and whether somebody reads"
    case .group: "One group; PUT makes or moves it, DELETE removes it"
    case .groupEvents: "Events after the group's cursor; one member reads, the others wait"
    case .groupAcknowledgement: "Everything up to a cursor has been dealt with"
    case .erasures: "A call's personal data are to be erased; events tell when they are"
    case .metrics: "What the daemon counts, in the text format of Prometheus"
    case .health: "Whether the process works"
    case .readiness: "Whether it does what it is there for"
    case .schema: "This list; schemas/openapi.yaml of the source describes each route in full"
    }
  }

  static let document = JSONWriter.write { writer in
    writer.object { writer in
      writer.name("routes")
      writer.array { writer in
        for route in allCases {
          writer.object { writer in
            writer.member("path", "/" + route.pattern.joined(separator: "/"))
            writer.member("methods", route.methods)
            writer.member("summary", route.summary)
          }
        }
      }
    }
  }
}
