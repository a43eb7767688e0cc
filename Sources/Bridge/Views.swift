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
          // By number: to copy an agent costs more than to write it.
          for agent in agents.indices where !agents[agent].isGone {
            writer.object { write(agent, to: &$0, at: now) }
          }
        }
      }
    }
  }

  private func write(_ agent: Int, to writer: inout JSONWriter, at now: Moment) {
    let status = agents[agent].session.status
    writer.member("agent", agents[agent].name)
    writer.member("state", agents[agent].state)
    writer.member("reason", agents[agent].reason)
    if settings.dialect.profile.isNotified {
      writer.member("transport", status.transport.rawValue)
    }
    writer.member("inSync", agents[agent].sync == .inSync)
    writer.member("lastGoodConnect", time: wall(status.lastGoodConnect, at: now))
    writer.member("lastGap", time: agents[agent].lastGap)
    writer.member("openGapSince", time: agents[agent].gap?.from)
    writer.member("generation", status.generation)
    writer.member("failures", status.failures)
    writer.member("acknowledges", status.usesAck)
    writer.member("liveCalls", agents[agent].calls.count)
  }

  /// How many sessions are in each state.
  package var sessionStates: [String: Int] {
    var counts: [String: Int] = [:]
    for agent in agents.indices where !agents[agent].isGone {
      counts[agents[agent].state, default: 0] += 1
    }
    return counts
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
    var missing: [String] = []
    for agent in agents.indices where !agents[agent].isLeaving {
      let name = agents[agent].name
      if agents[agent].sync != .inSync {
        missing.append("\(name): \(agents[agent].state)")
      } else if !settings.dialect.profile.isNotified {
        if !isServing(agent) { missing.append("\(name): \(agents[agent].state)") }
      } else if let silence = agents[agent].session.silence(at: now.monotonic) {
        if silence <= BridgeLimits.silenceMargin { continue }
        missing.append("\(name): the platform has been silent for too long")
      } else {
        missing.append("\(name): no connect was answered yet")
      }
    }
    return missing
  }

  /// How commands are sent; nil where there is no way.
  package var route: Route? { settings.dialect.route }

  package var openCommandCount: Int { ledger.open.count }
}
