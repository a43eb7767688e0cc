import Bayeux
import Calls
package import Commands
import JSON

/// What the bridge knows now, as the documents of the socket. Ask between turns: what they show is
/// then exactly what is on disk.
extension Bridge {
  /// `GET /v1/calls`: the live calls, and the cursor at which that is exact.
  package func callsDocument() -> [UInt8] {
    JSONWriter.write { writer in
      writer.object { writer in
        writer.member("cursor", events.cursor(events.last))
        writer.name("calls")
        writer.array { writer in
          for agent in agents where !agent.isGone {
            for live in agent.calls.values.sorted(by: { $0.call.id < $1.call.id }) {
              writer.object { write(live, of: agent, to: &$0) }
            }
          }
        }
      }
    }
  }

  private func write(_ live: LiveCall, of agent: Agent, to writer: inout JSONWriter) {
    writer.member("agent", agent.name)
    writer.member("exact", agent.sync == .inSync && live.isExact)
    writer.member("recordingState", live.recordingState?.rawValue)
    writer.member("cursor", events.cursor(live.event))
    writer.name("call")
    live.call.write(to: &writer)
    writer.name("witnesses")
    live.call.witnesses.write(to: &writer)
  }

  /// `GET /v1/sessions`: one object for each agent.
  package func sessionsDocument(at now: Moment) -> [UInt8] {
    JSONWriter.write { writer in
      writer.object { writer in
        writer.name("sessions")
        writer.array { writer in
          for agent in agents where !agent.isGone {
            writer.object { write(agent, to: &$0, at: now) }
          }
        }
      }
    }
  }

  private func write(_ agent: Agent, to writer: inout JSONWriter, at now: Moment) {
    let status = agent.session.status
    writer.member("agent", agent.name)
    writer.member("state", agent.state)
    writer.member("reason", agent.reason)
    writer.member("transport", "long-polling")
    writer.member("inSync", agent.sync == .inSync)
    writer.member("lastGoodConnect", time: wall(status.lastGoodConnect, at: now))
    writer.member("lastGap", time: agent.lastGap)
    writer.member("openGapSince", time: agent.gap?.from)
    writer.member("generation", status.generation)
    writer.member("failures", status.failures)
    writer.member("acknowledges", status.usesAck)
    writer.member("liveCalls", agent.calls.count)
  }

  func wall(_ monotonic: Duration?, at now: Moment) -> Duration? {
    monotonic.map { now.wall - (now.monotonic - $0) }
  }

  /// The agents that are not observed right now, each with the reason: their calls are not known
  /// exactly, or the platform has been silent for longer than it may be.
  ///
  /// The silence counts by the clock alone, whatever the session says of itself: a timer that is
  /// lost, or an answer that is waited for in vain, must show.
  package func agentsOutOfSync(at now: Moment) -> [String] {
    agents.compactMap { agent in
      if agent.isLeaving { return nil }
      if agent.sync != .inSync { return "\(agent.name): \(agent.state)" }
      guard let silence = agent.session.silence(at: now.monotonic) else {
        return "\(agent.name): no connect was answered yet"
      }
      guard silence > BridgeLimits.silenceMargin else { return nil }
      return "\(agent.name): the platform has been silent for too long"
    }
  }

  package var openCommandCount: Int { ledger.open.count }
}
