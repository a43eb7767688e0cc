import Bayeux
import Calls
import Commands
import JSON

/// Looks: the route's verifying GET for one call, at the ledger's request.
///
/// What a look shows of its call is an event, evidence and the live model's, like a notification;
/// of other calls it says nothing. A notification that came since it was asked for is newer.
extension Bridge {
  /// Whether the platform can be asked now how a call of the agent stands.
  func mayLook(_ agent: Int) -> Bool {
    agents[agent].isServed && !agents[agent].isLeaving && !isStoreLost && !isStopping
      && (settings.dialect.looksByRoute
        || settings.dialect.snapshotTarget(agent: agents[agent].name) != nil)
  }

  mutating func look(_ look: Look, at now: Moment) {
    if settings.dialect.looksByRoute { return lookByRoute(look, at: now) }
    guard let agent = directory[look.agent], mayLook(agent),
      let target = settings.dialect.snapshotTarget(agent: look.agent)
    else {
      return feedLedger(
        .looked(look, .failed(reason: "nobody can ask now", retryAfter: nil)), at: now)
    }
    let mark = SnapshotMark(
      askedAt: now.monotonic, observations: agents[agent].observations, look: look)
    let id = request(
      .look(agent: agent, mark), agent: agent, .get, target,
      timeout: LedgerSettings.lookPatience, patience: LedgerSettings.lookPatience)
    agents[agent].looks[look.call] = id
  }

  mutating func lookAnswered(
    _ agent: Int, _ id: RequestID, _ mark: SnapshotMark, _ answer: Answer, at now: Moment
  ) {
    // It may have been given up meanwhile.
    guard let look = mark.look, agents[agent].looks[look.call] == id else { return }
    agents[agent].looks[look.call] = nil
    switch settings.dialect.standing(of: answer) {
    case .good(let body):
      do throws(MemberError) {
        try show(try Snapshot.calls(from: body), agent, look, mark, at: now)
      } catch {
        fail(look, error.description, at: now)
      }
    case .notAuthenticated(let reason):
      authenticationNeeded(agent, reason: reason, at: now)
      fail(look, reason, at: now)
    case .pending: fail(look, "the platform took the question and did not answer", at: now)
    case .failed(let reason): fail(look, reason, retryAfter: answer.retryAfter, at: now)
    }
  }

  private mutating func show(
    _ snapshot: Snapshot, _ agent: Int, _ look: Look, _ mark: SnapshotMark, at now: Moment
  ) throws(MemberError) {
    let live = agents[agent].calls[look.call]
    if live?.isNewer(than: mark) == true { return fail(look, Self.overtaken, at: now) }
    if let call = snapshot.calls.first(where: { $0.id == look.call }) {
      return observe(call, agent, from: .snapshot(mark), at: now)
    }
    // A call that cannot be read may be the one.
    guard snapshot.isExact else {
      throw MemberError("calls", .missing(expected: "the call itself"))
    }
    if let live {
      observe(live.call, agent, from: .absence(mark), at: now)
    } else {
      feedLedger(.looked(look, .absent), at: now)
    }
  }

  mutating func fail(
    _ look: Look, _ reason: String, retryAfter: Duration? = nil, at now: Moment
  ) {
    feedLedger(.looked(look, .failed(reason: reason, retryAfter: retryAfter)), at: now)
  }

  private static let overtaken = "something newer came while it was under way"

  /// What the look under way at this call would show is of no use any more, if there is one.
  mutating func giveUpLook(at call: String, _ agent: Int, at now: Moment) {
    guard agents[agent].looks.removeValue(forKey: call) != nil else { return }
    fail(Look(agent: agents[agent].name, call: call), Self.overtaken, at: now)
  }

  mutating func giveUpLooks(_ agent: Int, at now: Moment) {
    for call in agents[agent].looks.keys.sorted() { giveUpLook(at: call, agent, at: now) }
  }
}
