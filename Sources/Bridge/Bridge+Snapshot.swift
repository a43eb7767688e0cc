import Bayeux
import Calls
import Commands
import JSON

/// Resynchronisation: after every discontinuity the platform is asked which calls there are.
///
/// Order matters: subscribed first, snapshot second, so that nothing falls between. A notification
/// that arrives after the snapshot was asked for is newer than it, and wins.
extension Bridge {
  mutating func requestSnapshot(_ agent: Int, at now: Moment) {
    guard !isStopping, agents[agent].isServed,
      let target = settings.dialect.snapshotTarget(agent: agents[agent].name)
    else { return }
    switch agents[agent].sync {
    case .asked: return
    case .inSync where agents[agent].gap == nil: return
    case .inSync, .outOfSync, .waiting: break
    }
    let mark = SnapshotMark(askedAt: now.monotonic, observations: agents[agent].observations)
    let id = request(.snapshot(agent: agent, mark), agent: agent, .get, target)
    agents[agent].endedSinceAsked = []
    agents[agent].sync = .asked(id)
    agents[agent].mustAskAgain = false
  }

  mutating func snapshotAnswered(
    _ agent: Int, _ mark: SnapshotMark, _ answer: Answer, at now: Moment
  ) {
    take(answer, agent, mark, at: now)
    keepSession(agent, at: now)
  }

  private mutating func take(
    _ answer: Answer, _ agent: Int, _ mark: SnapshotMark, at now: Moment
  ) {
    guard case .asked = agents[agent].sync else { return }
    switch settings.dialect.standing(of: answer) {
    case .good(let body):
      do throws(MemberError) {
        let snapshot = try Snapshot.calls(from: body)
        guard snapshot.isExact else {
          throw snapshot.unreadable.first?.error
            ?? MemberError("calls", .missing(expected: "the calls themselves, not their URIs"))
        }
        apply(snapshot.calls, agent, mark, at: now)
        agents[agent].snapshotFailures = 0
        agents[agent].snapshotBackoff.succeeded()
        if agents[agent].mustAskAgain {
          agents[agent].sync = .outOfSync
          return requestSnapshot(agent, at: now)
        }
        agents[agent].sync = .inSync
        closeGap(agent, isResynced: true, at: now)
      } catch {
        // Kept once in a row: the same answer at every attempt tells nothing new.
        if agents[agent].snapshotFailures == 0 {
          quarantine(
            agent, channel: nil, reason: "snapshot: \(error)", bytes: body.raw, at: now)
        }
        snapshotFailed(agent, reason: error.description, at: now)
      }
    case .notAuthenticated(let reason):
      agents[agent].sync = .outOfSync
      authenticationNeeded(agent, reason: reason, at: now)
    case .pending:
      snapshotFailed(agent, reason: "the platform took the question and did not answer", at: now)
    case .failed(let reason): snapshotFailed(agent, reason: reason, at: now)
    }
  }

  private mutating func snapshotFailed(_ agent: Int, reason: String, at now: Moment) {
    agents[agent].sync = .waiting
    agents[agent].snapshotFailures += 1
    log(.warning, "snapshot-failed", agent: agent, [Header("reason", reason)])
    if agents[agent].snapshotFailures == BridgeLimits.snapshotFailuresBeforeTold,
      let gap = agents[agent].gap
    {
      publishGap(agent, gap, isResynced: false, at: now)
    }
    let time = now.monotonic + agents[agent].snapshotBackoff.failed(&generator)
    alarms.set(Alarm.snapshot.key(agent), time)
  }

  private mutating func apply(
    _ calls: [Call], _ agent: Int, _ mark: SnapshotMark, at now: Moment
  ) {
    let name = agents[agent].name
    let listed = Set(calls.map(\.id))
    for call in calls where !agents[agent].endedSinceAsked.contains(call.id) {
      if agents[agent].calls[call.id]?.isNewer(than: mark) == true { continue }
      observe(call, agent, from: .snapshot(mark), at: now)
    }
    let live = agents[agent].calls.values.sorted { $0.event < $1.event }
    for vanished in live
    where !listed.contains(vanished.call.id) && !vanished.isNewer(than: mark) {
      observe(vanished.call, agent, from: .absence(mark), at: now)
    }
    // A command may be open on a call that the store did not have: it ended while we were away.
    for command in ledger.open(agent: name, besides: listed) {
      guard agents[agent].calls[command.call] == nil else { continue }
      handOver(command.call, from: agent, at: now)
      feedLedger(
        .observed(
          Observation(
            agent: name, call: command.call, verdict: .notEnough, isEnded: true,
            source: .snapshot, askedAt: mark.askedAt, event: nil)), at: now)
    }
  }
}
