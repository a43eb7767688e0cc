import Commands

/// How a call's recording stood over its time: what the drawing draws and the JSON lists.
struct Timeline {
  /// What is known of a stretch of time.
  enum Meaning: Equatable {
    case state(Kept)
    /// No entry tells the state.
    case untold
    /// A command was not confirmed, or a gap was not closed: the state may have changed.
    case unknown
    /// Something may have been missed.
    case gap
    /// The store could not be written.
    case outage
  }

  struct Band: Equatable {
    let meaning: Meaning
    let from: Duration
    let to: Duration
  }

  /// The bounds of what is shown; a little wider than what is known.
  let start: Duration
  let end: Duration
  /// Without overlap, in order.
  private(set) var bands: [Band] = []
  /// What hides them: unknown stretches, then gaps, then outages.
  private(set) var covers: [Band] = []
  /// The call ended in view.
  let endedAt: Duration?
  /// Its entries reach beyond the period.
  let beginsBefore: Bool

  init(of call: RecordedCall, in account: Account) {
    let scope = account.scope
    let asked = call.commands.map { account.commands[$0].issuedAt }
    let first = max(min(call.first, asked.min() ?? call.first), scope.from ?? call.first)
    let last = max(first, min(call.last, scope.to ?? call.last))
    // A change at the edge has to be seen as one.
    let margin = max((last - first) / 20, .milliseconds(400))
    start = first - margin
    end = last + margin
    endedAt = call.endedAt.flatMap { [start, end] in $0 >= start && $0 <= end ? $0 : nil }
    beginsBefore = scope.from.map { from in asked.contains { $0 < from } } ?? false
    bands = states(call)
    covers = unknowns(call, account) + gaps(call, account) + outages(account)
  }

  /// The band cut to what is shown; nil if nothing of it is.
  private func cut(_ meaning: Meaning, _ from: Duration, _ to: Duration) -> Band? {
    let (from, to) = (max(from, start), min(to, end))
    return from < to ? Band(meaning: meaning, from: from, to: to) : nil
  }

  private func states(_ call: RecordedCall) -> [Band] {
    let seen = (call.known + call.seen).filter { $0.time <= end }.sorted { $0.time < $1.time }
    var states: [(time: Duration, meaning: Meaning)] = [(start, before(call))]
    states += seen.map { ($0.time, .state($0.state)) }
    var bands: [Band] = []
    for (index, state) in states.enumerated() {
      let isLast = index == states.count - 1
      // What was seen after the end of the call, if the platform says so, is seen nevertheless.
      let end = isLast ? endedAt.map { max($0, state.time) } ?? end : states[index + 1].time
      guard let band = cut(state.meaning, state.time, end) else { continue }
      if let previous = bands.last, previous.meaning == band.meaning {
        bands[bands.count - 1] = Band(meaning: band.meaning, from: previous.from, to: band.to)
      } else {
        bands.append(band)
      }
    }
    return bands
  }

  /// What held before anything was seen: what the first sight changed from, if it was a change.
  /// Nothing else tells of a time before it.
  private func before(_ call: RecordedCall) -> Meaning {
    guard let change = call.changes.first,
      (call.known + call.seen).allSatisfy({ $0.time >= change.time })
    else { return .untold }
    return change.from.map(Meaning.state) ?? .untold
  }

  private func unknowns(_ call: RecordedCall, _ account: Account) -> [Band] {
    var bands: [Band] = []
    for index in call.commands {
      for stretch in account.exposure(of: account.commands[index])?.unknown ?? [] {
        let band = cut(.unknown, stretch.from, stretch.to ?? endedAt ?? end)
        if let band { bands.append(band) }
      }
    }
    for gap in concerned(call, account) where !gap.isClosed {
      guard let to = gap.to else { continue }
      let next = call.seen.first { $0.time > to }?.time
      if let band = cut(.unknown, to, next ?? endedAt ?? end) { bands.append(band) }
    }
    return bands
  }

  private func gaps(_ call: RecordedCall, _ account: Account) -> [Band] {
    concerned(call, account).compactMap { cut(.gap, $0.from ?? start, $0.to ?? end) }
  }

  private func concerned(_ call: RecordedCall, _ account: Account) -> [Happening] {
    account.happenings(.gap).filter { gap in
      gap.agent.map(call.agents.contains) ?? true && gap.overlaps(start, end)
    }
  }

  private func outages(_ account: Account) -> [Band] {
    account.happenings(.outage).compactMap { cut(.outage, $0.from ?? start, $0.to ?? end) }
  }
}
