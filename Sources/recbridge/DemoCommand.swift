import Configuration

/// `demo`: the whole job in a few seconds.
enum DemoCommand {
  static let subcommand = Subcommand(
    "demo", summary: "a call is recorded, a Stop is sent, its confirmation arrives",
    options: [.json, .transport, .fault, .keep],
    details: """
      Runs a simulated platform and a bridge in temporary folders, on this machine only. Exit 0 only
      if the Stop was confirmed, the notifications came over that transport, and the audit verifies.
      With --fault swallow-notification the platform says nothing and has to be asked; with
      --fault ignore-command it accepts the Stop and does nothing, and the exit status is 3. With
      --keep, DIR/store.db, DIR/export and DIR/report.html stay: sh DIR/export/verify.sh checks the
      call's entries with openssl and sha256sum alone.
      """
  ) { arguments throws(UsageError) in
    let fault = arguments.value(.fault).flatMap { DemoFault(rawValue: $0) }
    let transport = arguments.value(.transport).flatMap { Transport(rawValue: $0) } ?? .longPolling
    let printer = EventPrinter(arguments.form)
    if arguments.form == .readable { Terminal.say(introduction(transport)) }
    let ended = Wiring.demo(fault: fault, over: transport, keep: arguments.value(.keep)) {
      printer.say($0)
    }
    if arguments.form == .readable {
      if let ending = ending(ended.code) { Terminal.say(ending) }
      for line in ended.proof { Terminal.say(line) }
    }
    return ended.code
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
