import JSON

extension GWSModel {
  func writeStatus() -> [UInt8] {
    JSONWriter.write { writer in
      writer.object { writer in
        writer.member("requests", counters.requests)
        writer.member("logins", counters.logins)
        writer.member("httpSessions", httpSessions.count)
        writer.member("handshakes", counters.handshakes)
        writer.member("connects", counters.connects)
        writer.member("heldConnects", heldRequests.count)
        writer.member("sockets", sockets.count)
        writer.member("upgrades", counters.upgrades)
        writer.member("refusedUpgrades", counters.refusedUpgrades)
        writer.member("unknownSessions", counters.unknownSessions)
        writer.member("duplicateConnects", counters.duplicateConnects)
        writer.member("multipleClients", counters.multipleClients)
        writer.member("eventsSent", counters.eventsSent)
        writer.member("commandsWithoutOrigin", counters.commandsWithoutOrigin)
      }
    }
  }

  func writeAgents() -> [UInt8] {
    JSONWriter.write { writer in
      writer.array { writer in
        for agent in agentOrder.compactMap({ agents[$0] }) {
          writer.object { writer in
            writer.member("name", agent.settings.name)
            writer.member("phoneNumber", agent.settings.phoneNumber)
            write(counts: agent.operations, as: "operations", to: &writer)
            writer.member("sessions", agent.sessions)
          }
        }
      }
    }
  }

  func writeSessions() -> [UInt8] {
    JSONWriter.write { writer in
      writer.array { writer in
        for (clientID, session) in orderedSessions {
          writer.object { writer in
            writer.member("clientId", clientID)
            writer.member("agent", session.agent)
            writer.member("subscriptions", session.subscriptions.sorted())
            writer.member("connects", session.connects)
            writer.member("isHeld", session.held != nil)
            writer.member("isOnSocket", session.socket != nil)
            writer.member("isForgotten", session.isForgotten)
            writer.member("isAcknowledged", session.delivery == .acknowledged)
            writer.member("queuedEvents", session.queue.count)
          }
        }
      }
    }
  }

  func writeCalls() -> [UInt8] {
    JSONWriter.write { writer in
      writer.array { writer in
        for call in allCalls { write(call, to: &writer) }
      }
    }
  }

  func write(_ call: SimulatedCall, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("id", call.id)
      writer.member("agent", call.agent)
      writer.member("state", call.state.rawValue)
      writer.name("recording")
      if let recording = call.recording { writer.value(recording.rawValue) } else { writer.null() }
      writer.member("recordingFile", call.recordingFile)
      writer.member("lyingWitness", call.lie?.witness.rawValue)
      writer.member("lastSequence", call.lastSequence)
      write(counts: call.received, as: "received", to: &writer)
      write(counts: call.accepted, as: "accepted", to: &writer)
    }
  }

  func writeFaults() -> [UInt8] {
    JSONWriter.write { writer in
      writer.array { writer in
        for armed in faults.armed {
          writer.object { writer in
            writer.member("id", armed.id)
            writer.member("fault", String(describing: armed.fault.kind))
            writer.member("agent", armed.fault.agent)
            if let count = armed.fault.count { writer.member("remaining", count) }
            writer.member("hits", armed.hits)
          }
        }
      }
    }
  }

  private func write(
    counts: [String: Int], as name: String, to writer: inout JSONWriter
  ) {
    writer.object(name) { writer in
      for (key, count) in counts.sorted(by: { $0.key < $1.key }) { writer.member(key, count) }
    }
  }
}
