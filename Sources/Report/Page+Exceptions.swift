/// What was not confirmed: each with what is known, what is likely and who has seen to it.
extension Page {
  var notConfirmed: Markup {
    let safe = account.notConfirmed.filter(\.isSafe)
    let other = account.notConfirmed.filter { !$0.isSafe }
    var section = Markup.nothing
    if safe.isEmpty {
      section +=
        "<p>\(allClear(account.commands.filter { $0.isSafe && $0.grade != nil }))</p>\n"
    } else {
      section += """
        <p>Nothing shows that \(Spoken.count(safe.count, "Stop or Pause", "Stops and Pauses")) \
        took effect and lasted. “Exposed” is the time in which the recording ran, or may have \
        run, although it had been asked to stop or pause: what was said then is, or may be, on \
        record. \
        \(Self.sum(safe.compactMap(account.exposure)))</p>

        """
    }
    section += Markup(safe.enumerated().map { block($0.element, number: $0.offset + 1) })
    if !other.isEmpty {
      section += """
        <h3>Starts and Resumes</h3>
        <p>Of these nothing shows that a recording began again: something may be missing in it.</p>

        """
      section += Markup(
        other.enumerated().map { block($0.element, number: safe.count + $0.offset + 1) })
    }
    section += open
    return Markup("\(section)")
  }

  /// Of Stops and Pauses that ended, none of them without a confirmation that it would have needed.
  private func allClear(_ ended: [RecordedCommand]) -> String {
    let isWhole = account.prunedCount == 0
    if ended.isEmpty {
      return isWhole
        ? "No Stop and no Pause ended in the period: there is nothing to list."
        : "\(none) tells of a Stop or a Pause that ended in the period."
    }
    let left = isWhole ? "" : ", as the records that are left tell,"
    let sure = ended.count { $0.standing == .confirmed }
    return "Of \(Spoken.count(ended.count, "Stop or Pause", "Stops and Pauses")) that ended in the"
      + " period\(left) none is left in doubt: \(sure) confirmed, \(ended.count - sure) already so,"
      + " over with the call, or replaced by a later one."
  }

  /// How the page names the exception with this number.
  static func number(_ number: Int) -> String { "\(PageSection.notConfirmed.rawValue).\(number)" }

  private func block(_ command: RecordedCommand, number: Int) -> Markup {
    let call = account.call(of: command)
    let section = PageSection.calls.rawValue
    let link: Markup =
      call.map {
        " (<a href=\"#c\($0.number)\">number \($0.number) of section \(section)</a>)"
      } ?? ""
    let emergency = command.isEmergency ? "; while the store could not be written" : ""
    return """
      <article class="x1" id="n\(number)"><h3>\(Self.number(number)) \
      \(command.operation.capitalised), \(Spoken.moment(command.issuedAt)) \
      <span class="g1">\(command.grade ?? "?")</span></h3>
      <dl><dt>Call</dt><dd>\(foreign: command.call?.shown ?? "not told"), agent \
      \(foreign: command.agent?.shown ?? "not told")\(link)</dd>
      <dt>Recording file</dt><dd>\(foreign: command.file?.shown ?? "not told by the platform")</dd>
      <dt>\(command.isSafe ? "Exposed" : "Missing")</dt><dd>\(exposure(command))</dd>
      <dt>The answer</dt><dd>\(foreign: answer(command))</dd>
      \(lookFailure(command))<dt>Last seen</dt><dd>\(foreign: lastSeen(command))</dd>
      <dt>Asked by</dt><dd>\(foreign: command.asker)\(tried(command))\(emergency)</dd>
      <dt>Ended</dt><dd>\(end(command))</dd>
      \(causes(command))\(advice(command))<dt>Seen to</dt><dd>\(acknowledgement(command))</dd>
      <dt>Evidence</dt><dd><small>command <code>\(command.id)</code>; entries \
      \(command.entries.map { String($0) }.joined(separator: ", "))</small></dd></dl></article>

      """
  }

  private func answer(_ command: RecordedCommand) -> String {
    // What was never sent has none; the words are our own.
    if command.attempts == 0, let message = command.message?.shown { return "none; \(message)" }
    // What is told of an answer begins with its status and its code.
    if let message = command.message?.shown, message.hasPrefix("HTTP status ") { return message }
    let parts = [command.statusCode.map { "status \($0)" }, command.message?.shown].compactMap {
      $0
    }
    return parts.isEmpty ? "nothing that is on record" : parts.joined(separator: ": ")
  }

  private func lastSeen(_ command: RecordedCommand) -> String {
    let state = command.state?.shown
    let event = command.event.map { "event \($0)" }
    let parts = [state, command.witnesses, event].compactMap { $0 }
    return parts.isEmpty ? "nothing that shows the recording" : parts.joined(separator: "; ")
  }

  private func tried(_ command: RecordedCommand) -> String {
    if command.isObserved { return "; only observed here, somebody else was to send it" }
    return switch command.attempts {
    case 0: "; nothing was sent"
    case 1: "; sent once"
    default: "; sent \(command.attempts) times"
    }
  }

  private func end(_ command: RecordedCommand) -> Markup {
    let time = command.finalAt.map { Spoken.clock($0, besides: command.issuedAt) } ?? "?"
    let previously: Markup =
      command.previously.map { "; before that it was <code>\($0)</code>" } ?? ""
    let successor: Markup =
      command.successor.map { "; by \($0.operation) <code>\(foreign: $0.id)</code>" } ?? ""
    let later = command.isGradedLater ? " (after the period)" : ""
    return "\(time)\(later): \(GradeWords.meaning(command.grade ?? "?"))\(previously)\(successor)"
  }

  private func causes(_ command: RecordedCommand) -> Markup {
    guard !command.causes.isEmpty else { return "" }
    let items = command.causes.map {
      "<li>\($0.meaning). <b>To do:</b> \($0.remedy).</li>" as Markup
    }
    let name = items.count == 1 ? "Likely cause" : "Likely causes"
    return "<dt>\(name)</dt><dd><ol>\(items)</ol></dd>\n"
  }

  private func lookFailure(_ command: RecordedCommand) -> Markup {
    command.lookFailure.map { "<dt>Looked</dt><dd>in vain: \(foreign: $0.shown)</dd>\n" } ?? ""
  }

  private func advice(_ command: RecordedCommand) -> Markup {
    command.advice.map { "<dt>The route says</dt><dd>\(foreign: $0.shown)</dd>\n" } ?? ""
  }

  private func acknowledgement(_ command: RecordedCommand) -> Markup {
    guard let seen = command.acknowledgement else {
      return "<span class=\"bad2\">by nobody yet</span>"
    }
    return """
      by \(foreign: seen.by), \(Spoken.moment(seen.at)): “\(foreign: seen.why?.shown ?? "")” \
      <small>(entry \(seen.entry))</small>
      """
  }

  /// Commands that the period's end, or the end of the store, has cut off.
  private var open: Markup {
    let open = account.open
    guard !open.isEmpty else { return "" }
    let rows = open.map { command in
      """
      <tr><th scope="row">\(command.operation), \(Spoken.moment(command.issuedAt))</th><td>\
      \(foreign: command.call?.shown ?? "not told"), \
      agent \(foreign: command.agent?.shown ?? "not told")</td>\
      <td>\(command.steps.last?.status ?? "?")</td></tr>

      """ as Markup
    }
    return """
      <h3>Without a grade</h3><table><caption>Commands whose end these entries do not \
      tell</caption><thead><tr><th scope="col">Asked</th>\
      <th scope="col">Call</th><th scope="col">Status</th></tr></thead><tbody>
      \(rows)</tbody></table>
      """
  }
}
