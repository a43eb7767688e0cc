import Bayeux
import Calls
import Commands
import JSON

@testable import Bridge

// MARK: - Those who ask

extension World {
  func ask() {
    guard isUp else { return }
    let agent = random.pick(Platform.agents)
    let live = platform.liveCalls(of: agent).keys.sorted()
    let call = live.isEmpty || random.chance(5) ? "no-such-call" : random.pick(live)
    var ask = Ask(
      call: call, operation: random.pick([.stop, .stop, .pause, .start, .resume]),
      agent: random.pick([nil, agent, agent]), origin: Origin(name: "test"))
    if random.chance(40) { ask.key = "key-\(lastAsk)" }
    if random.chance(10) { ask.mode = .observe }
    if random.chance(10) { ask.isForced = true }
    if let earlier = asks.last, random.chance(20) { ask = earlier }
    if random.chance(3) { ask.agent = "carol" }
    asks.append(ask)
    lastAsk += 1
    feed(.asked(AskID(rawValue: lastAsk), ask))
  }

  func checkReplies(to id: AskID, in turn: Turn) {
    let count = turn.effects.count { effect in
      if case .reply(let other, _) = effect { other == id } else { false }
    }
    if count != 1 { violate("ask \(id) got \(count) replies") }
  }

  func check(_ reply: Bridge.Reply) {
    switch reply {
    case .issued(let command), .known(let command), .acknowledged(let command):
      note("    reply \(command.id) \(command.status)")
      guard disk.commands[command.id] != nil else {
        return violate("a command was promised that is not on disk")
      }
      guard let key = command.key else { return }
      if let first = keyed[key] {
        statistics.repeatedKeys += 1
        if first != command.id { violate("key \(key) made \(first) and \(command.id)") }
      }
      keyed[key] = command.id
    case .group(let group, _):
      if !disk.placed.contains(group) { violate("group \(group.name) is not so on disk") }
    case .erasing(let event):
      if disk.erasures[event] == nil { violate("erasure \(event) is not on disk") }
    case .refused(let refusal): note("    reply \(refusal.reason)")
    }
  }

  // MARK: - On the way

  func checkSending(_ id: String) {
    guard let command = disk.commands[id] else {
      return violate("a command leaves that is not on disk")
    }
    if inherited.contains(id) {
      if !unsent.contains(id) || commandArrivals[id] != nil && command.attempts == 1 {
        violate("\(id) is sent by a process that did not issue it")
      }
      if command.attempts == 1, World.wallAtZero + now - command.issuedAt > settings.ledger.deadline
      {
        violate("\(id) is sent behind its own deadline")
      }
    }
    if command.mode == .observe { violate("\(id) is sent although we only observe") }
    // What ends in the very turn in which it is given out is on its way already.
    if !command.isOpen, disk.ended[id] ?? 0 <= turnBegan {
      violate("\(id) is sent although it has ended")
    }
  }

  /// Where nothing goes wrong, a process that was killed goes on with its session while the platform
  /// has it.
  func checkHandshake(of agent: String) {
    guard let client = resumed.removeValue(forKey: agent) else { return }
    statistics.notResumed += 1
    guard faultPercent == 0, platform.troublePercent == 0 else { return }
    if platform.has(client) {
      violate("\(agent) shakes hands although the platform has session \(client)")
    }
  }

  func checkArrival(of id: String, _ number: UInt64) {
    let earlier = commandArrivals[id, default: []]
    if !earlier.isEmpty {
      statistics.sentAgain += 1
      let isSafe = disk.commands[id]?.operation.isSafeDirection ?? false
      if !isSafe { violate("a start or resume reaches the platform twice") }
      if let last = earlier.last, !mayArriveAgain(id, after: last, number) {
        violate("\(id) reaches the platform again, and nothing showed that it did not happen")
      }
    }
    commandArrivals[id, default: []].append(number)
  }

  /// The platform refused it without looking at it, or a look since has not shown that it is done.
  private func mayArriveAgain(_ id: String, after last: UInt64, _ number: UInt64) -> Bool {
    if [401, 403, 429].contains(commandStatuses[last]) { return true }
    guard let command = disk.commands[id], let left = flights[last]?.after,
      let leaves = flights[number]?.after
    else { return false }
    // The later one to leave may be the first to arrive.
    let between = Int(min(left, leaves))..<Int(max(left, leaves))
    return disk.events[between].contains { event in
      guard event.type == .call, event.call == command.call, let data = Disk.data(of: event),
        data["source"]?.string == "look"
      else { return false }
      return data["witnesses"]?["verdict"]?.string != "agree"
        || data["witnesses"]?["recordingState"]?.string != command.operation.target.rawValue
    }
  }

  /// What the platform may forget with this connect is on disk.
  func checkAcknowledgement(in body: [UInt8], of agent: String) {
    guard let message = (try? JSONValue.parse(body)).flatMap({ Array($0.elements).first }),
      let client = message["clientId"]?.string, let batch = message["ext"]?["ack"]?.integer
    else { return }
    for bytes in platform.queued(client, upTo: Int(batch)) {
      guard let notice = Platform.Notice(message: bytes, agent: agent) else { continue }
      if disk.received[notice] == nil && !isQuarantined(bytes) && !hasBegun(bytes) {
        violate("batch \(batch) is acknowledged, and this is not on disk: \(notice.data)")
      }
    }
  }

  /// The platform cut it short on a socket, where the reply that ends the batch still follows: its
  /// beginning is kept, and a gap declared.
  private func hasBegun(_ bytes: [UInt8]) -> Bool {
    disk.quarantines.contains { $0.bytes.count >= bytes.count / 2 && bytes.starts(with: $0.bytes) }
  }

  private func isQuarantined(_ bytes: [UInt8]) -> Bool {
    let text = String(decoding: bytes, as: UTF8.self)
    return disk.quarantines.contains {
      $0.bytes == bytes || String(decoding: $0.bytes, as: UTF8.self).contains(text)
    }
  }
}

// MARK: - At the end

extension World {
  /// Runs the whole life: faults, calm, one sign of life, and the stop.
  func live() {
    boot()
    run(until: calmAt)
    take(platform.calm(at: now))
    run(until: now + .seconds(5))
    if platform.isUntold { take(platform.forgetSessions(at: now)) }
    run(until: now + .seconds(25))
    awaitSync()
    guard violations.isEmpty else { return }
    for agent in Platform.agents { take(platform.giveSign(to: agent, at: now)) }
    run(until: now + .seconds(10))
    // A socket whose end was under way before the calm may have taken the sign with it.
    awaitSync()
    guard violations.isEmpty else { return }
    checkConservation()
    checkOrder()
    checkCalls()
    checkCommands()
    checkEntries()
    checkStop()
    count()
  }

  private func awaitSync() {
    let end = max(now, calmAt) + World.patience
    while violations.isEmpty, !isSettled, now < end { run(until: now + .seconds(5)) }
    if violations.isEmpty, !isSettled {
      violate("not settled: \(bridge.agentsOutOfSync(at: moment)), \(bridge.openCommandCount) open")
    }
  }

  private var isSettled: Bool {
    isUp && bridge.agentsOutOfSync(at: moment).isEmpty && bridge.openCommandCount == 0
      && bridge.agents.allSatisfy { $0.session.state == .connected }
  }

  /// Every notification is published once, or quarantined, or was published inside a declared gap.
  private func checkConservation() {
    for (notice, times) in platform.published {
      let received = disk.received[notice] ?? 0
      if received > times.count {
        violate("published \(received) times, \(times.count) heard: \(notice.data)")
      }
      guard received < times.count else { continue }
      statistics.lost += 1
      let declared = times.count { time in
        let wall = World.wallAtZero + time
        return disk.gaps.contains {
          $0.agent == notice.agent && $0.from ?? .zero <= wall && wall <= $0.to
        }
      }
      if received + declared >= times.count { continue }
      let message = #"{"channel":"\#(notice.channel)","data":\#(notice.data)}"#
      if isQuarantined(Array(message.utf8)) { continue }
      violate("lost in silence, of \(times): \(notice.agent) \(notice.data)")
    }
  }

  /// Where the platform repeats until it is told otherwise, nothing overtakes.
  private func checkOrder() {
    guard platform.acknowledges else { return }
    for agent in Platform.agents {
      var rest = platform.publishedInOrder.filter { $0.agent == agent }[...]
      for notice in disk.receivedInOrder where notice.agent == agent {
        guard let index = rest.firstIndex(of: notice) else {
          return violate("\(agent) has been told too late, or too often: \(notice.data)")
        }
        rest = rest[(index + 1)...]
      }
    }
  }

  /// The live calls are those of the platform, in memory and on disk.
  private func checkCalls() {
    guard let document = try? JSONValue.parse(bridge.callsDocument()) else {
      return violate("the calls document is no JSON")
    }
    for agent in Platform.agents {
      var shown: [String: String?] = [:]
      for element in document["calls"]?.elements.map(\.self) ?? []
      where element["agent"]?.string == agent {
        guard let id = element["call"]?["id"]?.string else { continue }
        shown[id] = .some(element["recordingState"]?.string)
      }
      let truth = platform.liveCalls(of: agent)
      if shown != truth { violate("\(agent) has \(shown), in truth \(truth)") }
      let stored = Set(disk.calls.keys.filter { $0.agent == agent }.map(\.id))
      if stored != Set(truth.keys) { violate("\(agent) has on disk \(stored)") }
    }
  }

  private func checkCommands() {
    var keys: [String: String] = [:]
    for id in disk.order {
      guard let command = disk.commands[id] else { continue }
      if let key = command.key, let other = keys.updateValue(id, forKey: key) {
        violate("key \(key) names \(other) and \(id)")
      }
      guard let grade = command.grade else {
        violate("\(id) never ended: \(command.status)")
        continue
      }
      if grade == .satisfied { checkSatisfaction(of: command) }
      if commandArrivals[id, default: []].count > LedgerSettings.attemptsMax {
        violate("\(id) reached the platform too often")
      }
      if grade.isConfirmed { checkConfirmation(of: command) }
    }
  }

  /// Nothing was sent, and what is named as evidence shows that it was so.
  private func checkSatisfaction(of command: Command) {
    if commandArrivals[command.id] != nil { violate("\(command.id) was satisfied, and sent") }
    let witnesses = command.evidence.event.flatMap(disk.data(ofEvent:))?["witnesses"]
    if witnesses?["verdict"]?.string != "agree"
      || witnesses?["recordingState"]?.string != command.operation.target.rawValue
    {
      violate("\(command.id) was satisfied by \(command.evidence)")
    }
  }

  /// The call was in the target state after the issue; or the notification that witnessed it after
  /// the issue was older, and there is no telling that from outside.
  private func checkConfirmation(of command: Command) {
    let id = command.id
    guard let sequence = command.evidence.event, let issued = disk.issued[id],
      let data = disk.data(ofEvent: sequence)
    else { return violate("\(id) is confirmed without an event") }
    if sequence <= issued { violate("\(id) is confirmed by an event before its issue") }
    if data["witnesses"]?["verdict"]?.string != "agree"
      || data["call"]?["id"]?.string != command.call
    {
      violate("\(id) is confirmed by witnesses that do not agree")
    }
    var from = command.issuedAt - World.wallAtZero
    let made = data["raw"]?["metrics"]?["eventProcessing"]?["serverGenerationTimestamp"]
    if let milliseconds = made?.integer {
      from = min(from, .milliseconds(milliseconds) - World.wallAtZero)
    }
    let to = (command.finalAt ?? .zero) - World.wallAtZero
    if !platform.was(command.call, command.operation.target.rawValue, from: from, to: to) {
      let states = platform.truth[command.call] ?? []
      violate("\(id) is confirmed, and was never so: \(states)")
    }
  }

  private func checkStop() {
    feed(.stop)
    run(until: now + SessionBounds.stopGrace + .seconds(1))
    if stoppedCount != 1 { violate("stopped \(stoppedCount) times") }
  }

  private func count() {
    statistics.restored += disk.order.isEmpty ? 0 : statistics.kills
    statistics.gaps = disk.gaps.count
    statistics.gapsNotClosed = disk.gaps.count { !$0.isResynced }
    statistics.quarantined = disk.quarantines.count
    statistics.notifications = disk.received.values.reduce(0, +)
    for command in disk.commands.values {
      if let grade = command.grade { statistics.grades[grade, default: 0] += 1 }
      if command.evidence.message?.hasPrefix("not sent") == true { statistics.notSent += 1 }
    }
    statistics.restarts = disk.events.count { $0.type == .restarted }
    statistics.looks = disk.events.count {
      $0.type == .call && Disk.data(of: $0)?["source"]?.string == "look"
    }
  }
}
