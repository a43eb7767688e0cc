import JSON

/// `exceptions`: each pause and stop that stayed unconfirmed, with what is known and what helps.
enum ExceptionsCommand {
  static let subcommand = Subcommand(
    "exceptions", summary: "each pause and stop that stayed unconfirmed",
    options: [.all] + ListCommand.options,
    details: """
      The newest first, each with the time in which nobody knows what was recorded, what the
      platform said, the likely causes and what to do. Times are UTC. Once you have seen to one,
      recbridge acknowledge takes it off the list.
      """
  ) { arguments throws(UsageError) in
    let socket = SocketPath.chosen(arguments)
    do throws(APIError) {
      let request = APIRequest(
        path: "/v1/exceptions",
        query: arguments.has(.all) ? [(name: "acknowledged", value: "1")] : [])
      let answer = try APIClient(socket: socket).json(request)
      guard let list = answer["exceptions"], list.kind == .array else {
        throw APIError.notUnderstood("/v1/exceptions has no list exceptions")
      }
      switch arguments.form {
      case .json: for item in list.elements { Terminal.say(line: item.raw) }
      case .readable: say(Array(list.elements), socket)
      }
      return .success
    } catch {
      return error.report(socket: socket)
    }
  }

  private static func say(_ exceptions: [JSONValue], _ socket: String) {
    guard !exceptions.isEmpty else { return Terminal.say("no pause or stop is unconfirmed") }
    let count =
      exceptions.count == 1 ? "1 exception" : "\(exceptions.count) exceptions, the newest first"
    Terminal.say("\(count); times are UTC")
    for exception in exceptions {
      Terminal.say("")
      for line in ExceptionText.lines(exception, socket: socket) { Terminal.say(line) }
    }
  }
}
