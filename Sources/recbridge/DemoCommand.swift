/// `demo`: the whole job in a few seconds.
enum DemoCommand {
  static let subcommand = Subcommand(
    "demo", summary: "a call is recorded, a Stop is sent, its confirmation arrives",
    options: [.json, .transport, .fault],
    details: """
      Runs a simulated platform and a bridge in temporary folders, on this machine only. Exit 0 only
      if the Stop was confirmed by a notification.
      """
  ) { arguments throws(UsageError) in
    let fault = arguments.value(.fault).flatMap { DemoFault(rawValue: $0) }
    let printer = EventPrinter(arguments.form)
    if arguments.form == .readable { Terminal.say(introduction) }
    let code = Wiring.demo(fault: fault) { printer.say($0) }
    if arguments.form == .readable, let ending = ending(code) { Terminal.say(ending) }
    return code
  }

  private static let introduction = """
    A platform is simulated on this machine, an agent has a call that is being recorded, and
    the recording is stopped. Each line below is an event that any subscriber would get.

    """

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
