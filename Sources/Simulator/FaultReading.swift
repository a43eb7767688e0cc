import JSON

extension Fault {
  /// Reads the body of `POST /sim/faults`; see `Switchboard` for the members.
  ///
  /// `count` is 1 when it is left out, and `"forever"` means until cleared.
  static func read(_ value: JSONValue) throws(SimulatorError) -> Fault {
    guard let name = value["kind"]?.string else {
      throw .invalid("a fault needs \"kind\", one of: " + kindNames.joined(separator: ", "))
    }
    guard let kind = try readKind(name, value) else {
      throw .invalid("unknown fault \"\(name)\"; known: " + kindNames.joined(separator: ", "))
    }
    var count: Int? = 1
    if let given = value["count"] {
      if given.isString("forever") {
        count = nil
      } else if let number = given.integer, number > 0 {
        count = Int(number)
      } else {
        throw .invalid("\"count\" is a number from 1 or \"forever\"")
      }
    }
    return Fault(kind, agent: value["agent"]?.string, count: count)
  }

  private static let kindNames = [
    "unavailable", "html", "cut", "truncate", "refuse-login", "refuse-subscription",
    "refuse-connect", "stale-route", "refuse-upgrade", "silent-socket", "refuse-command",
    "ignore-command", "fail-command-late", "swallow-notification",
    "delay-notification", "notification-first", "lying-witness", "drop-event", "duplicate-event",
    "swap-events", "invalid-utf8", "without-call", "big-userdata",
  ]

  private static func readKind(
    _ name: String, _ value: JSONValue
  ) throws(SimulatorError) -> Kind? {
    func number(_ member: String, _ standard: Int) -> Int {
      value[member]?.integer.map { Int($0) } ?? standard
    }
    switch name {
    case "unavailable":
      let seconds = value["retryAfterSeconds"]?.integer.map { Int($0) }
      return .unavailable(
        try readPathClass(value), status: number("httpStatus", 503), retryAfterSeconds: seconds)
    case "html": return .html(try readPathClass(value), status: number("httpStatus", 200))
    case "cut": return .cut(try readPathClass(value))
    case "truncate": return .truncate(try readPathClass(value))
    case "refuse-login": return .refuseLogin
    case "refuse-subscription": return .refuseSubscription(channel: value["channel"]?.string)
    case "refuse-connect": return .refuseConnect
    case "stale-route": return .staleRoute
    case "refuse-upgrade": return .refuseUpgrade(status: number("httpStatus", 400))
    case "silent-socket": return .silentSocket
    case "refuse-command":
      let code = number("statusCode", 2)
      let status = number("httpStatus", GWSModel.httpStatus(ofStatusCode: code))
      return .refuseCommand(statusCode: code, httpStatus: status)
    case "ignore-command": return .ignoreCommand
    case "fail-command-late": return .failCommandLate
    case "swallow-notification": return .swallowNotification
    case "delay-notification": return .delayNotification(.milliseconds(number("delayMs", 1000)))
    case "notification-first":
      return .notificationFirst(replyDelay: .milliseconds(number("delayMs", 50)))
    case "lying-witness": return .lyingWitness(try readWitness(value["witness"]))
    case "drop-event": return .dropEvent
    case "duplicate-event": return .duplicateEvent
    case "swap-events": return .swapEvents
    case "invalid-utf8": return .invalidUTF8
    case "without-call": return .withoutCall
    case "big-userdata": return .bigUserData(sizeBytes: number("sizeBytes", 300 * 1024))
    default: return nil
    }
  }

  private static func readPathClass(_ value: JSONValue) throws(SimulatorError) -> PathClass {
    guard let given = value["paths"] else { return .all }
    guard let paths = PathClass(rawValue: given.string ?? "") else {
      throw .invalid("\"paths\" is bayeux, rest, commands or all")
    }
    return paths
  }

  static func readWitness(_ value: JSONValue?) throws(SimulatorError) -> Witness {
    guard let witness = Witness(rawValue: value?.string ?? "") else {
      throw .invalid("a witness is recordingState, GSIP_RECORD or capabilities")
    }
    return witness
  }
}

/// A request to the simulator itself that cannot be carried out.
package enum SimulatorError: Error, Sendable, Equatable, CustomStringConvertible {
  case unknownAgent(String)
  case unknownCall(String)
  /// The request is not understood; the text says what was expected.
  case invalid(String)

  package var description: String {
    switch self {
    case .unknownAgent(let name): "no agent is named \"\(name)\""
    case .unknownCall(let id): "no call has the id \"\(id)\""
    case .invalid(let expected): expected
    }
  }
}
