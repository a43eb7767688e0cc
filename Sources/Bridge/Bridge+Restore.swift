import Calls
package import Commands
package import JSON

/// What a store held when the process started.
package struct Restored: Sendable {
  /// In the order of issue: every command without a final grade, and the latest that have one,
  /// whose keys still count and whose confirmations can still be taken back.
  package var commands: [JSONValue] = []
  /// The live calls: agent and record.
  package var calls: [AgentRecord] = []
  /// Where each agent's session stood.
  package var sessions: [SessionRecord] = []
  package var groups: [Group] = []

  package init() {}
}

package struct AgentRecord: Sendable {
  package let agent: String
  package let record: JSONValue

  package init(agent: String, record: JSONValue) {
    self.agent = agent
    self.record = record
  }
}

extension Bridge {
  /// Takes up what the store held: before ``Input/start``. Nothing is sent for a command that was
  /// open and may have left; the first snapshot, or its deadline, decides about it.
  ///
  /// - Returns: a sentence for each record that could not be read, for the log.
  package mutating func restore(_ restored: Restored, at now: Moment) -> [String] {
    var complaints: [String] = []
    for group in restored.groups { groups[group.name] = group }
    for session in restored.sessions {
      guard let agent = directory[session.agent] else {
        continue  // An agent that has left the configuration.
      }
      takeUp(session, agent, at: now)
    }
    for stored in restored.calls {
      guard let agent = directory[stored.agent] else { continue }
      do throws(MemberError) {
        let live = try LiveCall(record: stored.record)
        keepCall(live, agent)
      } catch {
        complaints.append("a stored call of agent \(stored.agent) cannot be read: \(error)")
      }
    }
    var commands: [Command] = []
    for record in restored.commands {
      do throws(MemberError) {
        commands.append(try Command(record: record))
      } catch {
        complaints.append("a stored command cannot be read: \(error)")
      }
    }
    // Also for an agent that has left the configuration: nobody will observe its calls again.
    for agent in Set(agents.map(\.name) + commands.map(\.agent)) {
      _ = ledger.handle(.observationLost(agent: agent), at: now)
    }
    let isNotified = settings.dialect.profile.isNotified
    let effects = ledger.restore(
      commands, observers: observers(of: commands), isNotified: isNotified, at: now)
    perform(effects, at: now)
    return complaints
  }

  /// Who has the calls of the open commands whose own agents do not have them any more: an earlier
  /// process handed these commands over.
  private func observers(of commands: [Command]) -> [String: String] {
    var observers: [String: String] = [:]
    for command in commands where command.isOpen {
      guard let holders = callHolders[command.call], let heir = holders.min(),
        directory[command.agent].map({ !holders.contains($0) }) ?? true
      else { continue }
      observers[command.id] = agents[heir].name
    }
    return observers
  }
}
