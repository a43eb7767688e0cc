import Commands
import JSON

/// Takes the entries of a store one by one, and keeps what belongs into the account of a period.
///
/// All of them are to be given, in order: those before the period tell of the site, those after it
/// what became of commands that were open at its end, and who saw to exceptions.
package struct AccountBuilder {
  private let scope: Scope
  private var account: Account
  private var commandPlaces: [String: Int] = [:]
  private var callPlaces: [Kept: Int] = [:]
  private var previous: (number: Int64, isWithin: Bool) = (0, false)

  package init(_ scope: Scope) {
    self.scope = scope
    account = Account(scope: scope)
  }

  package mutating func take(_ entry: ReportEntry) {
    let place = scope.place(entry.time)
    let isWithin = place == .within
    if entry.number > previous.number + 1, isWithin || previous.isWithin || previous.number == 0 {
      account.missing.append(previous.number + 1...entry.number - 1)
    }
    previous = (entry.number, isWithin)
    account.presence.take(entry)
    if let call = scope.call {
      let other = entry.call
      if other != nil, other != call { return }
      account.isCallNamed = account.isCallNamed || other == call
    }
    switch place {
    case .before: takeBefore(entry)
    case .within: takeWithin(entry)
    case .after: takeAfter(entry)
    }
  }

  /// The account of what was taken.
  package func finished() -> Account {
    var account = account
    account.calls.sort { $0.first < $1.first }
    for index in account.calls.indices { account.calls[index].number = index + 1 }
    // By the order of their first entries where the clock says the same.
    let order = account.commands.indices.sorted {
      (account.commands[$0].issuedAt, $0) < (account.commands[$1].issuedAt, $1)
    }
    let moved = Dictionary(uniqueKeysWithValues: zip(order, account.commands.indices))
    account.commands = order.map { account.commands[$0] }
    for index in account.calls.indices {
      account.calls[index].commands = account.calls[index].commands.compactMap { moved[$0] }
        .sorted()
    }
    if scope.call != nil { account.keepWhatConcernsTheCall() }
    account.finish()
    return account
  }

  // MARK: - Before and after

  private mutating func takeBefore(_ entry: ReportEntry) {
    guard entry.type == "recbridge.daemon.v1", let record = try? JSONValue.parse(entry.record)
    else { return }
    noteSite(record)
  }

  private mutating func noteSite(_ record: JSONValue) {
    guard record["action"]?.string == "started" else { return }
    account.site = record.kept("site") ?? account.site
    account.daemonVersion = record.kept("version")
  }

  private mutating func takeAfter(_ entry: ReportEntry) {
    switch entry.type {
    case "recbridge.acknowledgement.v1", "recbridge.command.v1", "recbridge.recording.v1",
      "recbridge.look.v1":
      break
    default: return
    }
    guard let record = try? JSONValue.parse(entry.record) else { return }
    noteSight(after: entry, record)
    guard let id = record.kept("command"), let index = commandPlaces[id.shown] else { return }
    if entry.type == "recbridge.acknowledgement.v1" {
      account.commands[index].acknowledge(record, entry.number, at: entry.time)
    } else if record["grade"] != nil {
      account.commands[index].move(record, entry.number, at: entry.time)
      account.commands[index].isGradedLater = true
    }
  }

  /// What was seen of a call after the period: it may be what ends an exposure.
  private mutating func noteSight(after entry: ReportEntry, _ record: JSONValue) {
    guard let call = record.kept("call"), let index = callPlaces[call] else { return }
    var state: Kept?
    switch entry.type {
    case "recbridge.recording.v1": state = record.kept("to")
    case "recbridge.look.v1": state = record.kept("recordingState")
    case "recbridge.command.v1":
      guard var command = RecordedCommand(record, time: entry.time) else { return }
      command.move(record, entry.number, at: entry.time)
      if command.isStateSeenAtTheEnd { state = command.state }
      if command.grade == Grade.impliedReleased.rawValue, account.calls[index].endedAt == nil {
        account.calls[index].endedAt = entry.time
      }
    default: return
    }
    guard let state else { return }
    account.calls[index].sights.append(.init(time: entry.time, state: state))
  }

  // MARK: - Within

  private mutating func takeWithin(_ entry: ReportEntry) {
    account.countOfAll += 1
    if scope.call == nil || entry.call == scope.call {
      account.entryCount += 1
      account.firstEntry = account.firstEntry ?? entry.number
      account.lastEntry = entry.number
      let times = account.times ?? entry.time...entry.time
      account.times = min(times.lowerBound, entry.time)...max(times.upperBound, entry.time)
    }
    guard !entry.record.isEmpty else { return takePruned(entry) }
    guard let record = try? JSONValue.parse(entry.record), record.kind == .object else {
      var happening = Happening(.unreadable, entry)
      happening.call = entry.call.map(Kept.text)
      return account.happenings.append(happening)
    }
    if record["clock"]?["synchronised"]?.bool == false { account.unsynchronisedCount += 1 }
    switch entry.type {
    case "recbridge.command.v1": takeCommand(record, entry)
    case "recbridge.recording.v1": takeChange(record, entry)
    case "recbridge.acknowledgement.v1": takeAcknowledgement(record, entry)
    case "recbridge.heartbeat.v1": account.heartbeatCount += 1
    // Says when something was signed, and nothing of what happened; there may be hundreds a day.
    case "recbridge.timestamp.v1": break
    case "recbridge.daemon.v1":
      noteSite(record)
      add(Happening(.daemon, entry, record), record)
    case "recbridge.gap.v1": add(Happening(.gap, entry, record), record)
    case "recbridge.outage.v1": add(Happening(.outage, entry, record), record)
    case "recbridge.restarted.v1": add(Happening(.restarted, entry, record), record)
    case "recbridge.disagreement.v1": add(Happening(.disagreement, entry, record), record)
    case "recbridge.quarantine.v1": add(Happening(.quarantine, entry, record), record)
    case "recbridge.look.v1": add(Happening(.look, entry, record), record)
    // Of a call that may be long over: no reason to tell of that.
    case "recbridge.erasure.v1": account.happenings.append(Happening(.erasure, entry, record))
    case "recbridge.retention.v1": account.happenings.append(Happening(.retention, entry, record))
    default: add(Happening(.other, entry, record), record)
    }
  }

  /// Of many, one after the other, there is one happening.
  private mutating func takePruned(_ entry: ReportEntry) {
    account.prunedCount += 1
    let last = account.happenings.indices.last
    if let last, account.happenings[last].kind == .pruned,
      account.happenings[last].lastEntry == entry.number - 1
    {
      account.happenings[last].lastEntry = entry.number
    } else {
      account.happenings.append(Happening(.pruned, entry))
    }
  }

  private mutating func add(_ happening: Happening, _ record: JSONValue) {
    account.happenings.append(happening)
    guard let index = callIndex(happening.call, at: happening.time) else { return }
    account.calls[index].note(agent: happening.agent, file: record.kept("recordingFile"))
    guard let state = happening.state else { return }
    let sight = RecordedCall.Sight(time: happening.time, state: state)
    account.calls[index].sights.append(sight)
    if happening.kind == .look { account.calls[index].looks.append(sight) }
  }

  private mutating func takeCommand(_ record: JSONValue, _ entry: ReportEntry) {
    guard let new = RecordedCommand(record, time: entry.time) else {
      return add(Happening(.other, entry, record), record)
    }
    let index: Int
    if let known = commandPlaces[new.id] {
      index = known
    } else {
      index = account.commands.count
      commandPlaces[new.id] = index
      account.commands.append(new)
    }
    account.commands[index].move(record, entry.number, at: entry.time)
    let command = account.commands[index]
    guard let place = callIndex(command.call, at: entry.time) else { return }
    account.calls[place].note(agent: command.agent, file: command.file)
    account.calls[place].widen(to: max(command.issuedAt, scope.from ?? command.issuedAt))
    if !account.calls[place].commands.contains(index) {
      account.calls[place].commands.append(index)
    }
    // Only its first move says what was known when it was asked for.
    if command.entries.count == 1, command.witness == "knowledge", let state = command.state {
      account.calls[place].known.append(.init(time: entry.time, state: state))
    }
    guard let finalAt = command.finalAt else { return }
    if command.grade == Grade.impliedReleased.rawValue { account.calls[place].endedAt = finalAt }
    if let state = command.state, command.isStateSeenAtTheEnd {
      account.calls[place].sights.append(.init(time: finalAt, state: state))
    }
  }

  private mutating func takeChange(_ record: JSONValue, _ entry: ReportEntry) {
    guard let index = callIndex(record.kept("call"), at: entry.time), let to = record.kept("to")
    else { return add(Happening(.other, entry, record), record) }
    account.calls[index].note(agent: record.kept("agent"), file: record.kept("recordingFile"))
    account.calls[index].changes.append(
      .init(
        time: entry.time, from: record.kept("from"), to: to,
        command: record.kept("command")?.shown, entry: entry.number))
  }

  private mutating func takeAcknowledgement(_ record: JSONValue, _ entry: ReportEntry) {
    if let id = record.kept("command"), let index = commandPlaces[id.shown] {
      account.commands[index].acknowledge(record, entry.number, at: entry.time)
    } else {
      account.happenings.append(Happening(.acknowledgement, entry, record))
    }
  }

  /// The place of a call, which is new if need be; nil if it is about none.
  private mutating func callIndex(_ call: Kept?, at time: Duration) -> Int? {
    guard let call else { return nil }
    if let known = callPlaces[call] {
      account.calls[known].widen(to: time)
      return known
    }
    callPlaces[call] = account.calls.count
    account.calls.append(RecordedCall(call, at: time))
    return account.calls.count - 1
  }
}

extension RecordedCommand {
  /// Whether what ended it showed the state just then. The state of other evidence is older.
  fileprivate var isStateSeenAtTheEnd: Bool {
    grade != nil && (witness == "notification" || witness == "snapshot" || witness == "look")
  }
}

extension Account {
  /// Of what is about no call: what fell into the time of the calls that are told of.
  fileprivate mutating func keepWhatConcernsTheCall() {
    guard let start = calls.map(\.first).min(), let end = calls.map(\.last).max() else {
      return happenings.removeAll { $0.kind != .pruned }
    }
    let agents = Set(calls.flatMap(\.agents))
    happenings = happenings.filter { happening in
      // What has no record may have been about the call, whenever it was entered.
      happening.call != nil || happening.kind == .pruned
        || happening.overlaps(start, end) && happening.agent.map(agents.contains) ?? true
    }
  }
}
