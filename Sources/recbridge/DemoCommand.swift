import Configuration

/// `demo`: the whole job in a few seconds.
enum DemoCommand {
  static let subcommand = Subcommand(
    "demo", summary: "a call is recorded, a Stop is sent, its confirmation arrives",
    options: [.json, .transport, .fault],
    details: """
      Runs a simulated platform and a bridge in temporary folders, on this machine only. Exit 0 only
      if the Stop was confirmed, and the notifications came over that transport. With
      --fault swallow-notification the platform says nothing and has to be asked; with
      --fault ignore-command it accepts the Stop and does nothing, and the exit status is 3.
      """
  ) { arguments throws(UsageError) in
    let fault = arguments.value(.fault).flatMap { DemoFault(rawValue: $0) }
    let transport = arguments.value(.transport).flatMap { Transport(rawValue: $0) } ?? .longPolling
    let printer = EventPrinter(arguments.form)
    if arguments.form == .readable { Terminal.say(introduction(transport)) }
    let code = Wiring.demo(fault: fault, over: transport) { printer.say($0) }
    if arguments.form == .readable, let ending = ending(code) { Terminal.say(ending) }
    return code
  }

  private static func introduction(_ transport: Transport) -> String {
    let way =
      switch transport {
      case .longPolling: "by long-polling"
      case .webSocket: "over a WebSocket"
      }
    return """
      A platform is simulated on this machine, an agent has a call that is being recorded, and
      the recording is stopped. The platform's notifications come \(way).
      Each line below is an event that any subscriber would get.

      """
  }

  private static func ending(_ code: ExitCode) -> String? {
    switch code {
    case .success:
      """

      ✓ The Stop was sent, accepted, and then confirmed by what the platform showed of the call.
      """
    case .unconfirmed:
      """

      ? The Stop was accepted, and nothing ever showed that it worked: an operator is told.
      """
    default: nil
    }
  }
}
