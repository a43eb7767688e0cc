import JSON

/// `acknowledge`: an operator has seen to an exception, and says why it needs nobody else.
enum AcknowledgeCommand {
  static let subcommand = Subcommand(
    "acknowledge", summary: "take an exception off the list, with your name and the reason",
    operands: [.init(name: "COMMAND", help: "the id, as recbridge exceptions shows it")],
    options: [.why, .socket, .json],
    details: """
      Changes no grade: it is recorded, as an event and in the audit, who has seen to the exception,
      when and why. Whoever may give commands may do so. The first acknowledgement stays: exit 1 if
      there is one with another reason, which is shown.
      """
  ) { arguments throws(UsageError) in
    let why = try arguments.required(.why)
    let socket = SocketPath.chosen(arguments)
    do throws(APIError) {
      return try run(arguments, why: why, APIClient(socket: socket))
    } catch {
      return error.report(socket: socket)
    }
  }

  private static func run(
    _ arguments: Arguments, why: String, _ client: APIClient
  ) throws(APIError) -> ExitCode {
    let id = arguments.operands[0]
    let body = JSONWriter.write { writer in
      writer.object { writer in writer.member("why", why) }
    }
    let path = "/v1/exceptions/\(APIRequest.encoded(id))/acknowledge"
    let command = try client.json(APIRequest(method: "POST", path: path, body: body))
    guard let acknowledgement = command["acknowledgement"] else {
      throw .notUnderstood("\(path) has no acknowledgement")
    }
    let isRecorded = acknowledgement["why"]?.string == why
    switch arguments.form {
    case .json: Terminal.say(line: command.raw)
    case .readable:
      let by = acknowledgement["by"].flatMap(ExceptionText.person) ?? "somebody"
      let at = acknowledgement["at"].map(Text.of) ?? "?"
      let said = acknowledgement["why"].map(Text.of) ?? "?"
      Terminal.say("\(Printable.text(id)): acknowledged by \(by) at \(at): \(said)")
    }
    guard isRecorded else {
      Terminal.complain(
        "recbridge: it was acknowledged before, and the first acknowledgement stays:"
          + " \"\(Printable.text(why))\" was not recorded")
      return .failure
    }
    return .success
  }
}
