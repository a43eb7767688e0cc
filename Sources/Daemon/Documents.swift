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

  static func health(_ store: Store) -> [UInt8] {
    JSONWriter.write { writer in
      writer.object { writer in
        writer.member("status", store.failure == nil ? "ok" : "failed")
        writer.member("store", store.identity)
        writer.member("latest", store.lastSequence)
        writer.member("reason", store.failure?.description)
      }
    }
  }

  static func readiness(
    missing: [String], openCommands: Int, isInsecure: Bool
  ) -> [UInt8] {
    JSONWriter.write { writer in
      writer.object { writer in
        writer.member("status", missing.isEmpty ? "ready" : "not-ready")
        writer.member("agentsOutOfSync", missing)
        writer.member("openCommands", openCommands)
        if isInsecure { writer.member("insecureTLS", true) }
      }
    }
  }
}
