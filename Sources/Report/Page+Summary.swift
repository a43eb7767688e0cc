import Commands

/// What a reader needs who reads only one page: how many, and which of them stay in doubt.
extension Page {
  var summary: Markup {
    let commands = account.commands
    let safe = commands.filter(\.isSafe)
    let doubtful = safe.filter { $0.standing == .notConfirmed }
    let unseen = doubtful.count { $0.acknowledgement == nil }
    let sure = safe.count { $0.standing == .confirmed }
    let others: [(Standing, String)] = [
      (.over, "needed nothing: so already, or the call had ended"),
      (.replaced, "replaced by a later one"), (.open, "without a grade yet"),
    ]
    let rest = others.compactMap { standing, words -> Markup? in
      let count = safe.count { $0.standing == standing }
      return count == 0 ? nil : "<li><b>\(Spoken.grouped(count))</b>\(words)</li>"
    }
    let pruned = account.prunedCount
    let lack: Markup =
      pruned == 0
      ? "" : "<li class=\"bad\"><b>\(Spoken.grouped(pruned))</b>entries without a record</li>"
    let gaps = account.happenings(.gap).count
    let outages = account.happenings(.outage).count
    return """
      <ul class="f"><li><b>\(Spoken.grouped(safe.count))</b>Stops and Pauses</li>
      <li><b>\(Spoken.grouped(sure))</b>confirmed by a witness</li>
      <li\(doubtful.isEmpty ? "" : " class=\"bad\"" as Markup)>\
      <b>\(Spoken.grouped(doubtful.count))</b>\
      not confirmed\(doubtful.isEmpty ? "" : ", \(unseen) of them not seen to")</li>\(rest)
      <li><b>\(Spoken.grouped(gaps)) / \(Spoken.grouped(outages))</b>gaps / outages</li>\(lack)</ul>
      <p>\(sentence)</p>
      \(matrix)

      """
  }

  private var sentence: String {
    let commands = account.commands
    guard !commands.isEmpty || !account.calls.isEmpty || !account.happenings.isEmpty else {
      return "No entry of the period is about a call, a command or a disturbance."
        + " \(Spoken.count(account.heartbeatCount, "heartbeat")) of the daemon fell into it."
    }
    let teller = account.prunedCount == 0 ? "The entries" : "The records that are left"
    var parts = [
      "\(teller) tell of \(Spoken.count(account.calls.count, "call")) and"
        + " \(Spoken.count(commands.count, "command"))."
    ]
    let unasked = account.calls.reduce(0) { sum, call in
      sum + call.changes.count { $0.command == nil }
    }
    if unasked > 0 {
      parts.append(
        "\(Spoken.count(unasked, "change")) of a recording came without a command from here, as at"
          + " the beginning of a call.")
    }
    let alarms: [(Happening.Kind, String)] = [
      (.restarted, "recordings that began again after a confirmed Stop"),
      (.disagreement, "disagreements of witnesses"), (.quarantine, "unreadable messages"),
    ]
    let counted = alarms.filter { !account.happenings($0.0).isEmpty }.map { kind, name in
      "\(name): \(account.happenings(kind).count)"
    }
    if !counted.isEmpty { parts.append("Alarms: \(counted.joined(separator: ", ")).") }
    let emergencies = commands.count(where: \.isEmergency)
    if emergencies > 0 {
      parts.append(
        "Commands that moved while the store could not be written, and were entered afterwards:"
          + " \(Spoken.grouped(emergencies)).")
    }
    let open = account.open.count
    if open > 0 { parts.append("Commands without a grade in these entries: \(open).") }
    return parts.joined(separator: " ")
  }

  /// Grades by operations.
  private var matrix: Markup {
    guard !account.commands.isEmpty else { return "" }
    let operations = ["stop", "pause", "start", "resume"]
    var rows = Markup.nothing
    for standing in [Standing.notConfirmed, .confirmed, .over, .replaced, .open] {
      let commands = account.commands.filter { $0.standing == standing }
      for grade in Set(commands.map { $0.grade ?? "" }).sorted() {
        let these = commands.filter { ($0.grade ?? "") == grade }
        rows += row(
          grade.isEmpty ? "no grade yet" : GradeWords.meaning(grade),
          grade.isEmpty ? nil : grade, standing,
          operations.map { name in
            these.count { $0.operation == name }
          }, these.count)
      }
    }
    let totals = operations.map { name in account.commands.count { $0.operation == name } }
    return """
      <table class="mx"><caption>How the commands ended</caption><thead><tr>\
      <th scope="col">Grade</th>\
      \(operations.map { "<th scope=\"col\" class=\"num\">\($0.capitalised)</th>" as Markup })\
      <th scope="col" class="num">All</th></tr></thead><tbody>
      \(rows)<tr class="tt"><th scope="row"><b>All</b></th>\
      \((totals + [account.commands.count]).map { cell($0) })</tr></tbody></table>
      """
  }

  private func row(
    _ meaning: String, _ grade: String?, _ standing: Standing, _ counts: [Int], _ all: Int
  ) -> Markup {
    let name: Markup = grade.map { " <small><code>\($0)</code></small>" } ?? ""
    let lead: Markup =
      standing == .notConfirmed ? "<span class=\"bad2\">Not confirmed:</span> " : ""
    return """
      <tr><th scope="row">\(lead)\(meaning)\(name)</th>\((counts + [all]).map { cell($0) })</tr>

      """
  }

  private func cell(_ count: Int) -> Markup {
    "<td class=\"num\">\(count == 0 ? "–" : Spoken.grouped(count))</td>"
  }
}

extension String {
  /// With a large first letter.
  var capitalised: String { prefix(1).uppercased() + dropFirst() }
}
