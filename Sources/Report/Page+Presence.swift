import Commands

/// Whether a daemon was there in the period: where nobody looked, no news is no good news.
extension Page {
  var attendance: Presence.Attendance {
    account.presence.attendance(in: account.scope, now: provenance.madeAt)
  }

  /// Empty if one was there all the time and said goodbye.
  var presence: Markup {
    let found = attendance
    if found.isEmpty { return absence(found) }
    guard !found.isWhole || isCallSilent else { return "" }
    let lines = [
      isCallSilent ? "<p>\(none) is about this call.</p>" as Markup : nil,
      found.absences.isEmpty ? nil : absences(found),
      found.deaths.isEmpty ? nil : deaths(found),
      found.isCutOff ? cutOff(found) : nil,
    ].compactMap { $0 }
    return """
      <section class="v weak"><p><strong>\(Self.title(found, isCallSilent))</strong></p>\(lines)\
      </section>

      """
  }

  private func cutOff(_ found: Presence.Attendance) -> Markup {
    "<p>The period goes on after \(Spoken.moment(found.to)), when this report was made.</p>"
  }

  private var isCallSilent: Bool { account.scope.call != nil && account.calls.isEmpty }

  private static func title(_ found: Presence.Attendance, _ isCallSilent: Bool) -> String {
    if !found.absences.isEmpty { return "The daemon did not run all the time." }
    if !found.deaths.isEmpty { return "The daemon ended without a word." }
    return isCallSilent ? "Nothing is known of this call." : "The period is not over."
  }

  private func absence(_ found: Presence.Attendance) -> Markup {
    """
    <section class="v bad"><p><strong>✗ No daemon ran in this period.</strong></p><p>Nobody \
    observed any recording from \(Spoken.moment(found.from)) to \(Spoken.moment(found.to)), and \
    nothing is known of it. That this report tells of nothing does not mean that nothing \
    happened.</p></section>

    """
  }

  /// More than anybody compares; the JSON has all.
  private static let listedMax = 10

  private func absences(_ found: Presence.Attendance) -> Markup {
    let all = found.to - found.from
    let listed = found.absences.prefix(Self.listedMax).map { absence in
      """
      <li>from \(Spoken.moment(absence.from)) to \
      \(Spoken.clock(absence.to, besides: absence.from)), \
      \(Spoken.duration(absence.to - absence.from))</li>
      """ as Markup
    }
    let more = found.absences.count - listed.count
    return """
      <p>It ran for \(Spoken.duration(all - found.absent)) of \(Spoken.duration(all)). Of what \
      happened while it did not, this report can say nothing:</p><ul>\(listed)\
      \(more > 0 ? "<li>and \(more) more</li>" as Markup : "")</ul>
      """
  }

  private func deaths(_ found: Presence.Attendance) -> Markup {
    let listed = found.deaths.prefix(Self.listedMax).map { death in
      """
      <li>after entry \(death.run.lastEntry), \(Spoken.moment(death.run.to)); it began again at \
      \(Spoken.clock(death.next, besides: death.run.to))</li>
      """ as Markup
    }
    let more = found.deaths.count - listed.count
    return """
      <p>It ended without a word, as one that is killed does:</p><ul>\(listed)\
      \(more > 0 ? "<li>and \(more) more</li>" as Markup : "")</ul>
      """
  }
}
