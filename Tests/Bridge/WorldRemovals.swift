import Commands
import JSON
import Privacy

@testable import Bridge

/// Those who take things out: a stand-in for what the daemon reads in its store, at any moment and
/// with any wish, for the bridge has to refuse what must not be.
extension World {
  func tend() {
    guard isUp else { return }
    let name = random.pick(["g", "h"])
    let oldest = disk.removedThrough
    switch Int.random(in: 0..<7, using: &random) {
    case 0: group(.place(name: name, at: Int64.random(in: oldest...disk.last, using: &random)))
    case 1:
      guard let sequence = disk.groups[name]?.sequence, sequence <= disk.last else { return }
      let through = Int64.random(in: sequence...disk.last, using: &random)
      group(.acknowledge(name: name, through: through))
    case 2:
      feed(
        .remove(
          .began(
            RetentionRound(
              events: random.chance(80) ? Int64.random(in: 0...disk.last, using: &random) : nil,
              entries: Int64.random(in: 0...Int64(disk.entries.count), using: &random)))))
    case 3, 4:
      let through = Int64.random(in: oldest...disk.last, using: &random)
      feed(.remove(.step([.events(through: through)])))
    case 5:
      let call = random.pick(["no-such-call"] + platform.truth.keys.sorted())
      lastAsk += 1
      feed(
        .erase(AskID(rawValue: lastAsk), EraseAsk(call: call, by: Origin(name: "test"), why: "w")))
    default:
      guard let (event, call) = disk.erasures.min(by: { $0.key < $1.key }) else { return }
      for command in disk.commands.values.sorted(by: { $0.id < $1.id }) where command.call == call {
        feed(.remove(.step([.fileName(of: command, sequence: 1)])))
      }
      feed(.remove(.erased(event: event, call: call, ErasureTally())))
    }
  }

  private func group(_ ask: GroupAsk) {
    lastAsk += 1
    feed(.grouped(AskID(rawValue: lastAsk), ask))
  }

  /// Entries say nothing personal, and what they hold opens their commitments.
  func checkEntries() {
    statistics.removed = Int(disk.removedThrough)
    statistics.committed = disk.entries.reduce(0) { $0 + $1.clearValues.count }
    statistics.dropped = disk.events.count {
      $0.type == .retention && Disk.data(of: $0)?["action"]?.string == "dropped"
    }
    statistics.erasures = disk.events.count { $0.type == .erasure }
    guard settings.commitments != nil else { return }
    for entry in disk.entries {
      let isRestored =
        Restoration.restore(entry.record, entry.clearValues, sha256: settings.sha256) != nil
      if !isRestored { violate("entry of \(entry.sequence): its values do not open it") }
      if Erasure.clearCount(entry.record) > 0 {
        violate("entry of \(entry.sequence) says something personal")
      }
    }
  }
}
