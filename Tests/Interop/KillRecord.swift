import JSON
import Simulator
import Testing

/// Everything that was published over the kills, and what must be true of it.
struct KillRecord {
  /// Commands, by id: key, and the grade once there is one.
  private var commands: [String: (key: String?, grade: String?)] = [:]
  /// The numbers of notifications, by call, each as often as it was published.
  private var numbers: [String: [Int: Int]] = [:]
  /// Declared gaps by agent, microseconds since 1970.
  private var gaps: [String: [ClosedRange<Int64>]] = [:]
  /// Cursors' numbers, in order.
  private var sequences: [Int64] = []

  init(_ lines: [String]) throws {
    for line in lines {
      let event = try JSONValue.parse(Array(line.utf8))
      let id = try #require(event["id"]?.string)
      sequences.append(try #require(id.split(separator: ".").last.flatMap { Int64($0) }))
      guard let data = event["data"] else { continue }
      switch event["type"]?.string {
      case "recbridge.command.v1": takeCommand(data)
      case "recbridge.gap.v1": try takeGap(data)
      case "recbridge.call.v1": takeCall(event["subject"]?.string, data)
      default: break
      }
    }
  }

  private mutating func takeCommand(_ data: JSONValue) {
    guard let id = data["command"]?.string else { return }
    commands[id] = (data["key"]?.string, data["grade"]?.string)
  }

  private mutating func takeGap(_ data: JSONValue) throws {
    let agent = try #require(data["agent"]?.string)
    let from = try data["from"]?.string.map { try Self.microseconds($0) } ?? 0
    let to = try Self.microseconds(try #require(data["to"]?.string))
    gaps[agent, default: []].append(from...max(from, to))
  }

  private mutating func takeCall(_ call: String?, _ data: JSONValue) {
    guard data["source"]?.string == "notification",
      data["notificationType"]?.string == "AttachedDataChanged", let call,
      let number = data["raw"]?["call"]?["userData"]?["seq"]?.integer
    else { return }
    numbers[call, default: [:]][Int(number), default: 0] += 1
  }

  /// `2026-11-21T10:15:00.118Z`, in microseconds since 1970.
  static func microseconds(_ text: String) throws -> Int64 {
    let parts = text.split { !$0.isNumber }
    let whole = try parts.prefix(6).map { try #require(Int64($0)) }
    try #require(whole.count == 6, "\(text) is no time")
    // Days since 1970 of the Gregorian calendar, whose years begin in March here.
    let (year, month) = (whole[1] > 2 ? whole[0] : whole[0] - 1, (whole[1] + 9) % 12)
    let days =
      year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + whole[2] - 719_469
    let seconds = days * 86_400 + whole[3] * 3_600 + whole[4] * 60 + whole[5]
    let fraction = parts.count > 6 ? String(parts[6].prefix(6)) : ""
    let padded = fraction + String(repeating: "0", count: 6 - fraction.count)
    return seconds * 1_000_000 + (Int64(padded) ?? 0)
  }

  // MARK: - What must be true

  /// Cursors count on; every command that anybody was told of, or that stands in an event, has a
  /// grade; a key has one command.
  func expectCommandsEnded(_ load: KillLoad, _ seed: UInt64) {
    let count = Int64(sequences.count)
    #expect(sequences == Array(1...max(1, count)), "seed \(seed): the cursors have a gap")
    #expect(load.answered.count > 100, "seed \(seed): hardly a command was asked for")
    for (wish, command) in load.answered {
      #expect(commands[command]?.key == wish.key, "seed \(seed): \(command) of \(wish)")
    }
    let open = commands.filter { $0.value.grade == nil }
    #expect(open.isEmpty, "seed \(seed): no grade for \(open)")
    let keys = commands.values.compactMap(\.key)
    #expect(Set(keys).count == keys.count, "seed \(seed): a key has two commands")
  }

  /// Each operation was asked for once on each call: the platform heard of it once at most.
  func expectNothingSentTwice(_ load: KillLoad, _ simulator: Simulator, _ seed: UInt64) {
    var received = 0
    for call in load.calls {
      let counts = simulator.model.call(call)?.received ?? [:]
      received += counts.values.reduce(0, +)
      let twice = counts.filter { $0.value > 1 }
      #expect(twice.isEmpty, "seed \(seed): call \(call) received \(twice)")
    }
    #expect(received > 100, "seed \(seed): the platform hardly received a command")
    #expect(received <= commands.count, "seed \(seed)")
  }

  /// Every numbered notification was published once, or its time lies in a declared gap.
  func expectConserved(_ load: KillLoad, _ seed: UInt64) {
    var published = 0
    for (call, agent) in load.numbered {
      for (number, time) in load.published[call] ?? [:] {
        published += 1
        let count = numbers[call]?[number] ?? 0
        #expect(count <= 1, "seed \(seed): number \(number) of \(call) came \(count) times")
        if count == 0, !(gaps[agent] ?? []).contains(where: { $0.contains(time) }) {
          Issue.record("seed \(seed): number \(number) of \(call) is lost, and in no gap")
        }
      }
      let seen = Set((numbers[call] ?? [:]).keys)
      #expect(seen.isSubset(of: Set((load.published[call] ?? [:]).keys)), "seed \(seed)")
      #expect(seen.count > 50, "seed \(seed): hardly a notification came through")
    }
    #expect(published > 500, "seed \(seed): hardly a notification was published")
  }

  /// Without acknowledgements, each start that came so far declared for each agent what it may have
  /// missed. With them most starts went on where the process was killed, and had nothing to declare.
  func expectGaps(
    of agents: [String], starts: Int, _ acknowledgement: SimulatorSettings.Acknowledgement,
    _ seed: UInt64
  ) {
    for agent in agents {
      let count = (gaps[agent] ?? []).count
      switch acknowledgement {
      case .off: #expect(count >= starts, "seed \(seed): gaps of \(agent)")
      case .offered: #expect((1...(starts / 2)).contains(count), "seed \(seed): gaps of \(agent)")
      }
    }
  }
}
