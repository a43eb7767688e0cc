import Bayeux
import Commands
package import JSON

/// What the store keeps of one agent's session: until when nothing was missed, and what another
/// process needs to go on where this one was killed.
///
/// It is written in the transaction of the events that it covers. A record without a resumption
/// takes the one before out of the store: after a clean stop, while a gap is open, or when the
/// server does not acknowledge.
package struct SessionRecord: Equatable, Sendable {
  package let agent: String
  /// Wall time up to which nothing was missed.
  var complete: Duration?
  var resumption: Resumption?

  struct Resumption: Equatable, Sendable {
    let session: Session.Saved
    /// Wall time of the last good connect.
    let aliveAt: Duration
    let forgeryProtection: Header?

    /// Whether the server may still hold the session. A time in the future means that the clock was
    /// set, so that nobody knows how long the process was away.
    func isWorthTrying(at wall: Duration) -> Bool {
      aliveAt <= wall && wall - aliveAt <= session.lifetime
    }
  }

  /// The record of an agent that the store knows nothing of.
  package init(agent: String) { self.agent = agent }

  /// The platform or the user that it belongs to is another now: only its times are good.
  package var isForeign = false

  /// Whether it holds a session to go on with, and so belongs together with the agent's cookies.
  package var isResumable: Bool { resumption != nil }

  /// Whether `kept`, which the store has, must give way to this: at once if it would resume from
  /// another place, otherwise now and then for the sake of its times.
  func mustReplace(_ kept: SessionRecord) -> Bool {
    if resumption?.session != kept.resumption?.session { return true }
    if resumption?.forgeryProtection != kept.resumption?.forgeryProtection { return true }
    guard let complete else { return false }
    guard let old = kept.complete else { return true }
    let limit =
      isResumable ? BridgeLimits.resumableStoredEvery : BridgeLimits.completeStoredEvery
    return complete - old >= limit || old - complete >= limit
  }

  // MARK: - As JSON

  /// One object; `more` adds members that belong to it, such as the cookies.
  package func document(_ more: (inout JSONWriter) -> Void) -> [UInt8] {
    JSONWriter.write { writer in
      writer.object { writer in
        writer.member("completeMicroseconds", complete?.wholeMicroseconds)
        if let resumption {
          writer.member("aliveMicroseconds", resumption.aliveAt.wholeMicroseconds)
          if let protection = resumption.forgeryProtection {
            writer.member("forgeryProtection", [protection.name, protection.value])
          }
          writer.name("session")
          resumption.session.write(to: &writer)
        }
        more(&writer)
      }
    }
  }

  /// Reads back what ``document(_:)`` wrote. What cannot be read is absent: then a gap is declared.
  package init(agent: String, record: JSONValue) {
    self.agent = agent
    complete = record["completeMicroseconds"]?.integer.map { .microseconds($0) }
    guard let session = record["session"].flatMap(Session.Saved.init),
      let alive = record["aliveMicroseconds"]?.integer
    else { return }
    let protection = record["forgeryProtection"]?.elements.compactMap(\.string) ?? []
    resumption = Resumption(
      session: session, aliveAt: .microseconds(alive),
      forgeryProtection: protection.count == 2 ? Header(protection[0], protection[1]) : nil)
  }
}

extension JSONWriter {
  fileprivate mutating func member(_ name: String, _ number: Int64?) {
    if let number { member(name, number) }
  }
}

extension Bridge {
  /// Takes up where an earlier process was killed, if the server may still hold its session. Its
  /// login is taken for good until the platform says otherwise.
  mutating func takeUp(_ record: SessionRecord, _ agent: Int, at now: Moment) {
    agents[agent].kept = record
    guard !record.isForeign, let resumption = record.resumption,
      resumption.isWorthTrying(at: now.wall),
      resumption.session.fits(settings.session)
    else { return }
    agents[agent].session.resume(from: resumption.session)
    agents[agent].forgeryProtection = resumption.forgeryProtection
    agents[agent].login = .good
  }

  /// The platform does not go on with the session: everything begins with the login, as ever.
  mutating func notResumed(_ agent: Int, reason: String, at now: Moment) {
    log(.warning, "not-resumed", agent: agent, [Header("reason", reason)])
    switch agents[agent].login {
    // A request was refused meanwhile: the login is on its way.
    case .queued, .underWay, .waiting: return
    case .good, .loggedOut: break
    }
    agents[agent].login = .loggedOut
    logIn(agent, at: now)
  }

  /// Keeps on disk what a restart needs, with the events of the same turn. Call it whenever the
  /// session or the gap may have changed, and before the turn is handed out.
  mutating func keepSession(_ agent: Int, at now: Moment) {
    let kept = agents[agent].kept
    var record = SessionRecord(agent: kept.agent)
    record.complete = kept.complete
    if agents[agent].gap == nil {
      record.complete = complete(agent, at: now) ?? kept.complete
      let alive = wall(agents[agent].session.status.lastGoodConnect, at: now)
      record.resumption = agents[agent].session.saved.map { saved in
        SessionRecord.Resumption(
          session: saved, aliveAt: alive ?? kept.resumption?.aliveAt ?? now.wall,
          forgeryProtection: agents[agent].forgeryProtection)
      }
    }
    guard record.mustReplace(kept) else { return }
    agents[agent].kept = record
    turn.writes.append(.session(record))
  }
}
