import Bridge
import Commands
import JSON

/// What survives: applies the writes of a turn in one step, and holds each to what was promised.
struct Disk {
  struct CallName: Hashable {
    let agent: String
    let id: String
  }

  private(set) var events: [Event] = []
  private(set) var commands: [String: Command] = [:]
  private(set) var order: [String] = []
  /// The event that told first of each command.
  private(set) var issued: [String: Int64] = [:]
  /// The number of the event with which each command ended.
  private(set) var ended: [String: Int64] = [:]
  private(set) var entries: [Entry] = []
  private(set) var calls: [CallName: [UInt8]] = [:]
  private(set) var sessions: [String: [UInt8]] = [:]
  private(set) var groups: [String: Group] = [:]
  /// Every one that was ever written.
  private(set) var placed: [Group] = []
  private var announced: (events: Int64, entries: Int64) = (0, 0)
  /// Up to here events have been removed.
  private(set) var removedThrough: Int64 = 0
  /// Not finished, by the event that began it.
  private(set) var erasures: [Int64: String] = [:]
  private(set) var quarantines: [Quarantine] = []
  /// Call and other notifications that have been published, by their bytes.
  private(set) var received: [Platform.Notice: Int] = [:]
  private(set) var receivedInOrder: [Platform.Notice] = []
  private(set) var gaps: [Gap] = []
  var violations: [String] = []

  struct Gap {
    let agent: String
    let from: Duration?
    let to: Duration
    let isResynced: Bool
  }

  var last: Int64 { events.last?.sequence ?? 0 }

  /// - Parameter cookies: what an edge keeps with a session that can be resumed.
  mutating func commit(_ writes: [Write], cookies: (String) -> [String] = { _ in [] }) {
    var audited: Set<Int64> = []
    for write in writes {
      switch write {
      case .event(let event):
        append(event)
        if event.type.isAudited { audited.insert(event.sequence) }
      case .command(let command, let sequence):
        store(command, sequence)
      case .entry(let entry):
        if audited.remove(entry.sequence) == nil { violate("an entry for no event") }
        if entry.type != events.last?.type { violate("an entry of another type than its event") }
        entries.append(entry)
      case .checkpoint: break
      case .call(let agent, let id, let record): calls[CallName(agent: agent, id: id)] = record
      case .callEnded(let agent, let id): calls[CallName(agent: agent, id: id)] = nil
      case .quarantine(let quarantine): quarantines.append(quarantine)
      case .group(let group):
        groups[group.name] = group
        placed.append(group)
      case .groupRemoved(let name): groups[name] = nil
      case .removal(let removal, _): remove(removal)
      case .session(let record):
        sessions[record.agent] = record.document { writer in
          if record.isResumable { writer.member("cookies", cookies(record.agent)) }
        }
      }
    }
    if !audited.isEmpty { violate("what belongs into the audit has no entry") }
  }

  private mutating func append(_ event: Event) {
    if event.sequence != last + 1 { violate("event \(event.sequence) follows \(last)") }
    events.append(event)
    switch event.type {
    case .call, .notification: note(event)
    case .gap:
      let data = Disk.data(of: event)
      guard let to = data?["to"]?.string.flatMap(Timestamp.parse) else {
        return violate("a gap without an end")
      }
      gaps.append(
        Gap(
          agent: event.agent, from: data?["from"]?.string.flatMap(Timestamp.parse), to: to,
          isResynced: data?["resynced"]?.bool == true))
    case .acknowledgement, .checkpoint, .command, .daemon, .disagreement, .erasure, .group,
      .heartbeat, .look, .outage, .quarantine, .recording, .restarted, .retention, .session,
      .timestamp:
      break
    }
  }

  /// Nothing goes that was not announced, nor an event that a group has not acknowledged.
  private mutating func remove(_ removal: Removal) {
    switch removal {
    case .bounds(let events, let entries):
      announced.events = max(announced.events, events ?? 0)
      announced.entries = max(announced.entries, entries ?? 0)
    case .events(let through):
      if through > announced.events { violate("events go that were not announced") }
      if through >= last { violate("the newest event goes") }
      for group in groups.values where group.sequence < through {
        violate("events go that \(group.name) has not acknowledged")
      }
      removedThrough = max(removedThrough, through)
    case .records(_, let through):
      if through > announced.entries { violate("records go that were not announced") }
    case .erasing(let call, let event): erasures[event] = call
    case .erased(let event): erasures[event] = nil
    case .values, .line, .lines, .quarantined, .fileName: break
    }
  }

  private mutating func note(_ event: Event) {
    guard let data = Disk.data(of: event) else { return violate("an event is no JSON") }
    guard let channel = data["channel"]?.string, let raw = data["raw"]?.raw else { return }
    let notice = Platform.Notice(
      agent: event.agent, channel: channel, data: String(decoding: raw, as: UTF8.self))
    received[notice, default: 0] += 1
    receivedInOrder.append(notice)
  }

  static func data(of event: Event) -> JSONValue? { (try? JSONValue.parse(event.line))?["data"] }

  func data(ofEvent sequence: Int64) -> JSONValue? {
    guard sequence > 0, sequence <= last else { return nil }
    return Disk.data(of: events[Int(sequence) - 1])
  }

  private mutating func store(_ command: Command, _ sequence: Int64) {
    if let old = commands[command.id] {
      if let grade = old.grade {
        let isTakenBack =
          command.grade == .contradicted && command.previously == grade
          && (grade.isConfirmed || grade == .impliedReleased)
          && command.operation.isSafeDirection
        let isForgotten = command == old.withoutFileName()
        let isSeenTo =
          old.acknowledgement == nil
          && command
            == command.acknowledgement.map {
              old.acknowledged($0)
            }
        if !isTakenBack && !isSeenTo && !isForgotten {
          violate("\(command.id) goes from \(grade) to \(command.grade as Any)")
        }
      }
    } else {
      order.append(command.id)
      issued[command.id] = sequence
    }
    if !command.isOpen, ended[command.id] == nil { ended[command.id] = sequence }
    commands[command.id] = command
  }

  /// What the next process is given.
  func restored() throws -> Restored {
    var restored = Restored()
    restored.commands = try order.compactMap { commands[$0] }.map { command in
      try JSONValue.parse(JSONWriter.write { $0.object { command.write(to: &$0) } })
    }
    restored.calls = try calls.sorted { $0.key.id < $1.key.id }.map { name, record in
      AgentRecord(agent: name.agent, record: try JSONValue.parse(record))
    }
    restored.sessions = try sessions.sorted { $0.key < $1.key }.map { agent, record in
      SessionRecord(agent: agent, record: try JSONValue.parse(record))
    }
    restored.groups = Array(groups.values)
    return restored
  }

  /// What is stored of the agent's session.
  func session(of agent: String) -> JSONValue? {
    sessions[agent].flatMap { try? JSONValue.parse($0) }
  }

  mutating func violate(_ sentence: String) { violations.append("on disk: " + sentence) }
}
