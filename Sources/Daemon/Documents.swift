import Bridge
import Commands
import JSON
import Store

/// The socket's documents that are made from the store.
enum Documents {
  static func list(_ name: String, _ commands: [StoredCommand]) -> [UInt8] {
    JSONWriter.write { writer in
      writer.object { writer in
        writer.name(name)
        writer.array { writer in for command in commands { writer.raw(command.record) } }
      }
    }
  }

  /// A command, with the likely causes of an end that leaves a question.
  static func command(_ command: Command, _ route: Commands.Route?) -> [UInt8] {
    JSONWriter.write { writer in
      writer.object { writer in
        command.explained(by: route).write(to: &writer)
      }
    }
  }

  /// - Parameter outage: why the store cannot be written now, while that is waited out.
  static func health(_ store: Store?, outage: StoreError?) -> [UInt8] {
    JSONWriter.write { writer in
      writer.object { writer in
        let trouble = store?.failure ?? outage
        let status = trouble == nil ? "ok" : store?.failure == nil ? "emergency" : "failed"
        writer.member("status", status)
        writer.member("store", store?.identity)
        if let store { writer.member("latest", store.lastSequence) }
        writer.member("reason", trouble?.description)
      }
    }
  }

  static func readiness(
    missing: [String], openCommands: Int, trouble: StoreError?, auditProblem: StoreError?,
    anchors: [(anchor: String, problem: String)], isInsecure: Bool
  ) -> [UInt8] {
    let isReady = missing.isEmpty && trouble == nil && auditProblem == nil
    return JSONWriter.write { writer in
      writer.object { writer in
        writer.member("status", isReady ? "ready" : "not-ready")
        writer.member("store", trouble == nil ? "ok" : "store-unavailable")
        writer.member("reason", trouble?.description)
        writer.member("audit", auditProblem?.description)
        if !anchors.isEmpty {
          // Told and no reason to send nobody here: what the bridge is there for goes on.
          writer.member(
            "anchors",
            object: { writer in
              for (anchor, problem) in anchors { writer.member(anchor, problem) }
            })
        }
        writer.member("agentsOutOfSync", missing)
        writer.member("openCommands", openCommands)
        if isInsecure { writer.member("insecureTLS", true) }
      }
    }
  }
}
