import Commands

/// Each call with its drawing and its commands.
extension Page {
  var calls: Markup {
    guard !account.calls.isEmpty else {
      return """
        <p>\(none) is about a call.</p>

        """
    }
    let quiet = quiet
    let hidden = Set(quiet.map(\.number))
    return """
      <p>In the order of their first entries. Above the band stands when commands were asked for, \
      below it when and how they ended; the numbers are those of the lines under it. They say when \
      and by whom each was asked, how it ended with its witness, and how long it took from one to \
      the other. The band ends with the last entry about the call, or where the call ended.</p>
      \(key)\(quiet.isEmpty ? "" : onPaper(quiet))\
      \(account.calls.map { block($0, hidden.contains($0.number)) })\
      \(quiet.isEmpty ? "" : table(quiet))

      """
  }

  // MARK: - On paper

  /// So many drawings without a doubt in them are printed; more would bury those that need a look.
  private static let printedMax = 20

  /// The calls that a person need not look at, if they are too many to print: of them paper has a
  /// table, and screens the drawings.
  private var quiet: [RecordedCall] {
    let alarmed = Set(
      (account.happenings(.restarted) + account.happenings(.disagreement)).map(\.call))
    let quiet = account.calls.filter { call in
      !alarmed.contains(call.call)
        && call.commands.map { account.commands[$0].standing }.allSatisfy {
          $0 != .notConfirmed && $0 != .open
        }
    }
    return account.scope.call == nil && quiet.count > Self.printedMax ? quiet : []
  }

  private func onPaper(_ quiet: [RecordedCall]) -> Markup {
    """
    <p class="pa">On paper only the calls that need a look are drawn. The other \
    \(Spoken.grouped(quiet.count)) stand in the table behind them; their drawings are in the file, \
    and <code>--call ID</code> prints one.</p>

    """
  }

  private func table(_ quiet: [RecordedCall]) -> Markup {
    let rows = quiet.map { call in
      let commands = call.commands.map { account.commands[$0] }.map { command in
        "\(command.operation) \(Self.seconds(command.issuedAt, besides: call.first))"
          + " \(Self.end(command))"
      }
      let agents = call.agents.map(\.shown).joined(separator: ", ")
      return """
        <tr><th scope="row">\(call.number) · \(foreign: call.call.shown)</th>\
        <td>\(Self.seconds(call.first, besides: quiet[0].first)) \(foreign: agents)</td>\
        <td>\(commands.isEmpty ? "no command" : commands.joined(separator: "; "))</td></tr>

        """ as Markup
    }
    return """
      <div class="pa"><table><caption>Calls of which every command was confirmed (✓, and how long \
      it took), was over, or was replaced; from \(Spoken.day(quiet[0].first)) on</caption>\
      <thead><tr><th scope="col">Call</th><th scope="col">From, agent</th>\
      <th scope="col">Commands, and how they ended</th></tr></thead><tbody>
      \(rows)</tbody></table></div>

      """
  }

  private static func end(_ command: RecordedCommand) -> String {
    switch command.standing {
    case .confirmed:
      command.latency.map { "✓ \(Spoken.duration($0))" } ?? "✓"
    default: command.grade ?? "?"
    }
  }

  /// A time to the second, with its day if that is another one.
  private static func seconds(_ time: Duration, besides other: Duration) -> String {
    String(Spoken.clock(time, besides: other).dropLast(4))
  }

  // MARK: - A call

  /// What the patterns and marks mean.
  private var key: Markup {
    let bands: [(String, String)] = [
      ("r", "recording"), ("p", "paused"), ("o", "stopped"), ("x", "no entry tells"),
      ("u", "unknown: not confirmed"), ("g", "gap: may have been missed"),
      ("og", "outage of the store"),
    ]
    let marks: [(String, String)] = [
      ("ma", "command asked for"), ("mc", "confirmed"), ("mn", "not confirmed"),
      ("mv", "call ended, or so already"), ("mr", "replaced by a later one"),
      ("mo", "no grade yet"),
    ]
    let first = bands.map { style, name in
      """
      <li><svg width="34" height="16" aria-hidden="true"><rect class="\(style)" x="1" y="1" \
      width="32" height="14"/></svg>\(name)</li>
      """ as Markup
    }
    let second = marks.map { mark, name in
      """
      <li><svg width="34" height="16" aria-hidden="true"><use href="#\(mark)" x="17" \
      y="\(mark == "ma" ? 12 : 8)"/></svg>\(name)</li>
      """ as Markup
    }
    return "<ul class=\"key\">\(first)\(second)</ul>\n"
  }

  private func block(_ call: RecordedCall, _ isQuiet: Bool) -> Markup {
    let agents = call.agents.map(\.shown).joined(separator: ", ")
    let files = call.files.map(\.shown).joined(separator: ", ")
    let file: Markup = files.isEmpty ? "" : " · file \(foreign: files)"
    return """
      <article class="\(isQuiet ? "c qt" : "c")" id="c\(call.number)"><h3>\(call.number) · \
      \(foreign: call.call.shown)</h3>
      <p class="m">\(Spoken.moment(call.first)), agent \(foreign: agents)\(file)\(seen(call))</p>
      \(TimelineDrawing(call, in: account).svg)\(commands(call))</article>

      """
  }

  /// What the lines of the commands do not say: who records although nobody here asked for it, what
  /// looks have shown, and that the call ended.
  private func seen(_ call: RecordedCall) -> Markup {
    func clock(_ time: Duration) -> String { Spoken.clock(time, besides: call.first) }
    var parts = call.changes.filter { $0.command == nil }.map { change in
      " · not asked for here: \(foreign: change.to.shown) \(clock(change.time))" as Markup
    }
    parts += call.looks.map { " · looked \(clock($0.time)): \(foreign: $0.state.shown)" }
    if let ended = call.endedAt { parts.append(" · had ended by \(clock(ended))") }
    return Markup(parts)
  }

  private func commands(_ call: RecordedCall) -> Markup {
    guard !call.commands.isEmpty else { return "" }
    let rows = call.commands.enumerated().map { offset, index in
      row(account.commands[index], offset + 1, call)
    }
    return """
      <table><caption>Commands on call \(call.number)</caption><thead><tr><th scope="col">Command\
      </th><th scope="col">Asked</th><th scope="col">Ended, and its witness</th>\
      <th scope="col" class="num">Latency</th></tr></thead><tbody>
      \(rows)</tbody></table>
      """
  }

  private func row(_ command: RecordedCommand, _ number: Int, _ call: RecordedCall) -> Markup {
    let mark: Markup =
      command.standing == .notConfirmed ? "<span class=\"bad2\">not confirmed</span>: " : ""
    // A confirmation that was taken back has none.
    let latency = command.standing == .confirmed ? command.latency : nil
    let mode = command.isObserved ? ", observed only" : ""
    return """
      <tr><th scope="row">\(number) \(command.operation)</th>\
      <td>\(Spoken.clock(command.issuedAt, besides: call.first)) by \
      \(foreign: command.asker)\(mode)</td><td>\(mark)\(result(command, call))</td>\
      <td class="num">\(latency.map { Spoken.duration($0) } ?? "–")</td></tr>

      """
  }

  private func result(_ command: RecordedCommand, _ call: RecordedCall) -> Markup {
    guard let grade = command.grade else {
      let last = command.steps.last
      return "no grade yet: \(last?.status ?? "?")"
    }
    let ended = command.finalAt.map { Spoken.clock($0, besides: call.first) } ?? "?"
    let state: Markup = command.state.map { ", \(foreign: $0.shown)" } ?? ""
    let verdict = command.witnesses.map { ", " + $0.prefix { $0 != ":" } } ?? ""
    let event = command.event.map { ", event \($0)" } ?? ""
    let witness: Markup = """
      <small>\(command.witness ?? "?")\(state)\(verdict)\(event); entry \
      \(command.entries.last ?? 0)</small>
      """
    return "\(ended) <code>\(grade)</code> \(witness)"
  }
}
