import Commands

/// What disturbed the observation, and what the daemon did.
extension Page {
  var happenings: Markup {
    let kinds: [(Happening.Kind, String, String)] = [
      (.gap, "Gaps", "What happened on the agent's calls in this time may have been missed"),
      (.outage, "Outages", "The store could not be written in this time"),
      (.restarted, "Recordings that began again", "Although a Stop had been confirmed"),
      (.disagreement, "Disagreements", "What shows the recording contradicted itself"),
      (.quarantine, "Unreadable messages", "Kept with their bytes, and read by nobody"),
    ]
    let tables = kinds.compactMap { kind, title, caption in
      let these = account.happenings(kind)
      return these.isEmpty ? nil : table(title, caption, these)
    }
    let all = [contradictions].compactMap { $0 } + tables
    guard !all.isEmpty else {
      return """
        <p>\(none) tells of any: no gap, no outage, no contradiction, no recording \
        that began again, no disagreement of witnesses, no unreadable message.\
        \(attendance.absences.isEmpty ? "" : " While no daemon ran nobody could have told.")</p>

        """
    }
    return "\(all)"
  }

  private var contradictions: Markup? {
    let these = account.notConfirmed.enumerated().filter { $0.element.grade == "contradicted" }
    guard !these.isEmpty else { return nil }
    let items = these.map { index, command in
      """
      <li><a href="#n\(index + 1)">\(Self.number(index + 1))</a>: \(command.operation) of \
      \(Spoken.moment(command.issuedAt)), call \(foreign: command.call?.shown ?? "not told")\
      \(command.previously.map { ", was \($0)" } ?? "")</li>
      """ as Markup
    }
    return
      "<h3>Contradictions</h3><p>The opposite was seen after these commands.</p><ul>\(items)</ul>\n"
  }

  private func table(_ title: String, _ caption: String, _ these: [Happening]) -> Markup {
    let rows = these.map { happening in
      """
      <tr><th scope="row">\(time(happening))</th><td>\(subject(happening))</td>\
      <td>\(foreign: happening.text) <small>(\(happening.entries))</small></td></tr>

      """ as Markup
    }
    return """
      <h3>\(title)</h3><table><caption>\(caption)</caption><thead><tr><th scope="col">When</th>\
      <th scope="col">Agent, call</th><th scope="col">What</th></tr></thead><tbody>
      \(rows)</tbody></table>

      """
  }

  private func time(_ happening: Happening) -> Markup {
    guard let to = happening.to else { return "\(Spoken.moment(happening.time))" }
    guard let from = happening.from else {
      return "up to \(Spoken.moment(to)), from a time that nobody knows"
    }
    return """
      \(Spoken.moment(from)) to \(Spoken.clock(to, besides: from)) <small>\
      \(Spoken.duration(to - from))</small>
      """
  }

  private func subject(_ happening: Happening) -> Markup {
    let parts = [happening.agent, happening.call].compactMap { $0?.shown }
    return parts.isEmpty ? "–" : "\(foreign: parts.joined(separator: ", "))"
  }

  var daemon: Markup {
    let kinds: [(Happening.Kind, String, String)] = [
      (.daemon, "Starts, stops and configurations", "What the daemon did"),
      (
        .acknowledgement, "Acknowledgements of earlier commands",
        "Commands that ended before the period and were seen to within it"
      ),
      (.erasure, "Erasures", "Personal data that were taken out of the store"),
      (.retention, "Retention", "What was taken out of the store because of its age"),
      (.other, "Entries of other kinds", "This version does not know what they mean"),
      (.pruned, "Pruned entries", "Retention has taken their bytes"),
      (.unreadable, "Unreadable entries", "Their bytes are not what the daemon writes"),
    ]
    let tables = kinds.compactMap { kind, title, caption in
      let these = account.happenings(kind)
      return these.isEmpty ? nil : table(title, caption, these)
    }
    let version = account.daemonVersion.map { ", version \($0.shown)" } ?? ""
    return """
      <p>The daemon\(foreign: version) gave \(Spoken.count(account.heartbeatCount, "heartbeat")) \
      in the period\(heartbeats)</p>
      \(remarks)\(tables)

      """
  }

  /// Whether one that is missing would have been found.
  private var heartbeats: String {
    account.prunedCount == 0
      ? ". If one had been due and were missing, without an outage of the store to explain it, the"
        + " verification would have said so at the top."
      : ", among the records that are left. Retention takes those of heartbeats as well: where"
        + " records are pruned, nobody can tell whether one was missing."
  }

  private var remarks: Markup {
    let remarks = provenance.verification.remarks
    guard !remarks.isEmpty else { return "" }
    return """
      <p>The verification remarks, of the whole store:</p>
      <ul>\(remarks.map { "<li>\(foreign: $0)</li>" as Markup })</ul>

      """
  }
}

extension Happening {
  /// Where it stands in the audit.
  var entries: String {
    lastEntry == entry ? "entry \(entry)" : "entries \(entry) to \(lastEntry)"
  }
}
