import API
import Bridge
import Commands
import HTTPServer
import JSON
import Store

/// The worklist: exceptions from the store, with what the bridge knows of them now.
extension SocketBackend {
  func exceptions(withAcknowledged: Bool) throws -> [UInt8] {
    let newest = try read { (store) throws(StoreError) in
      try store.exceptions(limit: Self.listedCommands, withAcknowledged: withAcknowledged)
    }
    let shown = try newest.map { (stored) throws(StoreError) in try exception(stored) }
    return JSONWriter.write { writer in
      writer.object { writer in
        writer.name("exceptions")
        writer.array { writer in for bytes in shown { writer.raw(bytes) } }
      }
    }
  }

  private func exception(_ stored: StoredCommand) throws(StoreError) -> [UInt8] {
    // A record of another version is shown as it is rather than not at all.
    guard let command = stored.command else { return stored.record }
    let bridge = turns.bridge
    let lastSeen = try time(of: command.evidence.state == nil ? nil : command.evidence.event)
    let doneAt = try time(of: bridge.eventShowingDone(command, since: stored.sequence))
    return JSONWriter.write { writer in
      writer.object { writer in
        bridge.write(
          exception: command, sequence: stored.sequence, lastSeen: lastSeen, doneAt: doneAt,
          to: &writer)
      }
    }
  }

  /// When an event was observed, wall time since the Unix epoch.
  private func time(of event: Int64?) throws(StoreError) -> Duration? {
    guard let event else { return nil }
    return try read { (store) throws(StoreError) in try store.wallMicroseconds(ofEvent: event) }
      .map { .microseconds($0) }
  }

  func acknowledge(
    _ id: String, why: String, by peer: Peer?, reply: @escaping (SocketReply) -> Void
  ) {
    origin(of: peer) { [weak self] origin in self?.acknowledge(id, why, origin, reply) }
  }

  private func acknowledge(
    _ id: String, _ why: String, _ origin: Origin, _ reply: @escaping (SocketReply) -> Void
  ) {
    let found: StoredCommand?
    do throws(StoreError) {
      found = try read { (store) throws(StoreError) in try store.command(id) }
    } catch {
      return reply(.unavailable(detail: error.description))
    }
    guard let found, let command = found.command else {
      return reply(
        .refused(
          status: 404, title: "Unknown command",
          detail:
            "There is no command \(id); recbridge exceptions (GET /v1/exceptions) lists what can"
            + " be acknowledged."))
    }
    turns.add(
      .acknowledged(
        wait(for: reply),
        AcknowledgementAsk(command, sequence: found.sequence, by: origin, why: why)))
  }
}

extension StoredCommand {
  /// The command that the record says; nil for one that this version cannot read.
  var command: Command? {
    (try? JSONValue.parse(record)).flatMap { try? Command(record: $0) }
  }
}
