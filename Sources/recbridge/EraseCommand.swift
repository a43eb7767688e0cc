import JSON

/// `erase`: a call's personal data are taken out of the store, and it is on record that they were.
enum EraseCommand {
  static let subcommand = Subcommand(
    "erase", summary: "erase the personal data of a call; every proof stays valid",
    options: [.erasedCall, .whyErased, .socket, .json],
    details: """
      Takes out what opens the commitments of the call's entries, and the phone numbers, user data
      and names of recordings in its events, its commands and in quarantined messages that name it.
      Waits until that is done. Who asked, when and why is an event and an entry of the audit.
      Whoever may give commands may do so, once the call has ended.

      Exit 0 if nothing of it is left in the store, 3 if entries from before privacy: was set say
      some of it in clear: these go with retention alone. What readers, feeds and backups have
      received is not reached.
      """
  ) { arguments throws(UsageError) in
    let call = try arguments.required(.erasedCall)
    let why = try arguments.required(.whyErased)
    let socket = SocketPath.chosen(arguments)
    do throws(APIError) {
      return try run(call, why, arguments.form, APIClient(socket: socket))
    } catch {
      return error.report(socket: socket)
    }
  }

  /// How long the daemon holds each answer: what a proxy before it would bear.
  private static let waitSeconds = 30

  private static func run(
    _ call: String, _ why: String, _ form: OutputForm, _ client: APIClient
  ) throws(APIError) -> ExitCode {
    let body = JSONWriter.write { writer in
      writer.object { writer in
        writer.member("call", call)
        writer.member("why", why)
      }
    }
    let begun = try client.json(APIRequest(method: "POST", path: "/v1/erasures", body: body))
    guard let cursor = begun["began"]?.string else {
      throw .notUnderstood("/v1/erasures has no began")
    }
    let event = try end(of: cursor, call, client)
    let data = event["data"]
    func count(_ name: String) -> Int64 { data?[name]?.integer ?? 0 }
    switch form {
    case .json: Terminal.say(line: event.raw)
    case .readable:
      Terminal.say(
        "\(Printable.text(call)): erased"
          + " \(Counted.text(count("erasedValues"), "value")) of entries,"
          + " \(Counted.text(count("erasedLines"), "event")),"
          + " \(Counted.text(count("erasedQuarantined"), "quarantined message")) and"
          + " \(Counted.text(count("changedCommands"), "command"))")
    }
    if form == .readable, data?["resumed"]?.bool == true {
      Terminal.say("the daemon was restarted in between: that is what it took out since then")
    }
    if count("unreadable") > 0 {
      Terminal.complain(
        "recbridge erase: the records of \(Counted.text(count("unreadable"), "entry", "entries"))"
          + " are damaged, and nobody can tell whether they are about the call: see recbridge audit"
          + " verify")
    }
    guard count("inClear") > 0 else { return count("unreadable") > 0 ? .unconfirmed : .success }
    Terminal.complain(
      "recbridge erase: entries from before privacy: was set say"
        + " \(Counted.text(count("inClear"), "value")) in clear; retention: entries: removes them"
        + " with their records")
    return .unconfirmed
  }

  /// The event that says that the erasure is finished; goes on by itself in the daemon meanwhile.
  private static func end(
    of began: String, _ call: String, _ client: APIClient
  ) throws(APIError) -> JSONValue {
    var after = began
    while true {
      let query = [
        (name: "after", value: after), (name: "type", value: "recbridge.erasure.v1"),
        (name: "call", value: call), (name: "limit", value: "1"),
        (name: "wait", value: String(waitSeconds)),
      ]
      let lines = try client.send(
        APIRequest(path: "/v1/events", query: query, wait: .seconds(waitSeconds)))
      guard let event = (try? JSONValue.parse(Array(lines))), let id = event["id"]?.string else {
        continue
      }
      if event["data"]?["began"]?.string == began { return event }
      after = id
    }
  }
}
