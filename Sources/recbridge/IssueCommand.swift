import JSON

/// `stop`, `start`, `pause`, `resume`: ask for something to happen to a call's recording.
enum IssueCommand {
  static let stop = subcommand("stop", "stop the recording of a call")
  static let start = subcommand("start", "start the recording of a call")
  static let pause = subcommand("pause", "pause the recording of a call")
  static let resume = subcommand("resume", "resume the paused recording of a call")

  private static func subcommand(_ operation: String, _ summary: String) -> Subcommand {
    Subcommand(
      operation, summary: summary,
      operands: [.init(name: "CALL", help: "the platform's id of the call: see above")],
      options: [.agent, .parameter, .key, .wait, .observe, .socket, .json],
      details: """
        CALL is the id that recbridge calls shows; with profile commands-only, where nobody tells of
        calls, it is what the platform itself or whoever handles the call says.

        Exit 0 once the daemon has the command on disk. With --wait, exit 0 only if it was
        confirmed, was so already, or the call ended; else 3, with the likely causes and what to do
        on standard error. A command ends at its deadline (commands.deadline, by default 10s),
        however long one waits.
        """
    ) { arguments throws(UsageError) in
      let socket = SocketPath.chosen(arguments)
      do throws(APIError) {
        return try run(operation, arguments, APIClient(socket: socket))
      } catch {
        return error.report(socket: socket)
      }
    }
  }

  private static func run(
    _ operation: String, _ arguments: Arguments, _ client: APIClient
  ) throws(APIError) -> ExitCode {
    let call = arguments.operands[0]
    let body = JSONWriter.write { writer in
      writer.object { writer in
        writer.member("call", call)
        writer.member("operation", operation)
        if let agent = arguments.value(.agent) { writer.member("agent", agent) }
        if !arguments.pairs.isEmpty {
          writer.member(
            "parameters",
            object: { writer in
              for (name, value) in arguments.pairs.sorted(by: { $0.key < $1.key }) {
                writer.member(name, value)
              }
            })
        }
        if let key = arguments.value(.key) { writer.member("key", key) }
        if arguments.has(.observe) { writer.member("mode", "observe") }
      }
    }
    let issued = try client.json(APIRequest(method: "POST", path: "/v1/commands", body: body))
    guard let id = issued["command"]?.stringOrNumber else {
      throw .notUnderstood("/v1/commands has no command")
    }
    guard let seconds = arguments.whole(.wait) else {
      say(issued, arguments.form)
      if arguments.form == .readable {
        Terminal.say("how it went: recbridge commands\(SocketPath.hint(client.socket))")
      }
      return .success
    }
    let outcome: JSONValue
    do throws(APIError) {
      outcome = try self.outcome(id, issued, within: seconds, client)
    } catch {
      // It is on disk, so the daemon goes on with it once it runs again.
      Terminal.complain(
        "recbridge: \(Printable.text(id)) was taken, and nobody could be asked what became of it:"
          + " it may have been sent. Ask again when the daemon runs: recbridge commands"
          + SocketPath.hint(client.socket))
      throw error
    }
    say(outcome, arguments.form)
    if Outcome(outcome)?.isGood == true { return .success }
    for line in advice(on: outcome, client.socket) { Terminal.complain(line) }
    return .unconfirmed
  }

  /// What somebody who is left without a confirmation can do.
  private static func advice(on command: JSONValue, _ socket: String) -> [String] {
    guard Outcome(command) != nil else {
      return [
        "recbridge: not confirmed yet, and still open: recbridge commands"
          + SocketPath.hint(socket)
      ]
    }
    let look = command["evidence"]?["lookFailure"].map { look in
      Paragraph.lines("  the platform was asked in vain: ", Text.of(look))
    }
    return ["recbridge: not confirmed"] + (look ?? []) + CauseText.lines(command)
  }

  /// The daemon holds a request at most this long; longer waits are asked for again.
  private static let waitMaxSeconds = 30
  /// Between two looks if the daemon does not hold the request.
  private static let lookInterval: Duration = .milliseconds(200)

  /// The command once it is final, or as it is after `seconds`. A daemon that is away meanwhile is
  /// asked again until then: it may be on its way back.
  private static func outcome(
    _ id: String, _ issued: JSONValue, within seconds: Int, _ client: APIClient
  ) throws(APIError) -> JSONValue {
    let deadline = client.now + .seconds(seconds)
    var command = issued
    while Outcome(command) == nil {
      let started = client.now
      let left = deadline - started
      guard left > .zero else { break }
      let wait = min(Int(left.components.seconds) + 1, waitMaxSeconds)
      do throws(APIError) {
        command = try client.json(
          APIRequest(
            path: "/v1/commands/\(APIRequest.encoded(id))",
            query: [(name: "wait", value: String(wait))], wait: .seconds(wait)))
      } catch {
        guard error.mayPass, deadline - client.now > lookInterval else { throw error }
      }
      if Outcome(command) == nil, client.now - started < lookInterval {
        client.pause(lookInterval)
      }
    }
    return command
  }

  private static func say(_ command: JSONValue, _ form: OutputForm) {
    switch form {
    case .json: Terminal.say(line: command.raw)
    case .readable:
      let grade = Outcome(command).map { " [\($0.grade)]" } ?? ""
      Terminal.say(Narration.command(command) + Printable.text(grade))
    }
  }
}
