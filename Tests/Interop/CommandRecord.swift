import JSON
import Testing

@testable import Simulator

/// Every command as the events tell it, held against what the simulator knows.
struct CommandRecord {
  struct Told {
    var grades: [String] = []
    var last: JSONValue
    /// Number of the event that told of it first.
    let first: Int64
    let issuedAt: Int64
  }

  private var commands: [String: Told] = [:]
  /// The data of the events about calls, by number.
  private var calls: [Int64: JSONValue] = [:]

  init(_ lines: [String]) throws {
    for (index, line) in lines.enumerated() {
      let event = try JSONValue.parse(Array(line.utf8))
      let number = Int64(index + 1)
      guard let data = event["data"] else { continue }
      switch event["type"]?.string {
      case "recbridge.call.v1": calls[number] = data
      case "recbridge.command.v1":
        guard let id = data["command"]?.string else { continue }
        var told =
          try commands[id]
          ?? Told(
            last: data, first: number,
            issuedAt: KillRecord.microseconds(try #require(data["issuedAt"]?.string)))
        told.last = data
        if let grade = data["grade"]?.string, told.grades.last != grade {
          told.grades.append(grade)
        }
        commands[id] = told
      default: break
      }
    }
  }

  /// One grade each; only a confirmation, or a release, may have been taken back.
  func expectOneGradeEach(_ load: ManyCommands, _ seed: UInt64) {
    #expect(load.problems.isEmpty, "seed \(seed): \(load.problems.prefix(3))")
    #expect(load.commands.count > 150, "seed \(seed): hardly a command was asked for")
    for (key, id) in load.commands {
      #expect(commands[id]?.last["key"]?.string == key, "seed \(seed): \(id) of \(key)")
    }
    let keys = commands.values.compactMap { $0.last["key"]?.string }
    #expect(Set(keys).count == keys.count, "seed \(seed): a key has two commands")
    for (id, told) in commands {
      let isDowngrade =
        told.grades.count == 2 && told.grades[1] == "contradicted"
        && (told.grades[0].hasPrefix("confirmed.") || told.grades[0] == "implied.released")
      #expect(told.grades.count == 1 || isDowngrade, "seed \(seed): \(id) has \(told.grades)")
      #expect(told.last["status"]?.string == "final", "seed \(seed): \(id) is open")
    }
  }

  /// Every confirmation names a stored event, after the issue, that shows the target.
  func expectEvidence(_ seed: UInt64) {
    let sources = [
      "confirmed.notified": "notification", "confirmed.resynced": "snapshot",
      "confirmed.polled": "look",
    ]
    for (id, told) in commands {
      guard let grade = told.grades.last, let source = sources[grade] else { continue }
      let number = told.last["evidence"]?["event"]?.integer ?? 0
      let event = calls[number]
      let isSupport =
        number > told.first && event?["source"]?.string == source
        && event?["call"]?["id"] == told.last["call"]
        && event?["witnesses"]?["verdict"]?.string == "agree"
        && event?["witnesses"]?["recordingState"]?.string == Self.target(told.last)
      #expect(isSupport, "seed \(seed): \(id), \(grade), rests on event \(number)")
    }
  }

  /// A start or resume reached the platform once at most; a stop or pause as often as it was given
  /// out, which is four times at most.
  func expectSentOnce(_ load: ManyCommands, _ seed: UInt64) {
    var allowed: [String: [String: Int]] = [:]
    for told in commands.values {
      guard let call = told.last["call"]?.string, let operation = told.last["operation"]?.string
      else { continue }
      let attempts = Int(told.last["attempts"]?.integer ?? 0)
      let isOnce = operation == "start" || operation == "resume"
      #expect(attempts <= (isOnce ? 1 : 4), "seed \(seed): \(attempts) attempts")
      allowed[call, default: [:]][operation, default: 0] += attempts
    }
    let names = [
      "start": "StartCallRecording", "stop": "StopCallRecording", "pause": "PauseCallRecording",
      "resume": "ResumeCallRecording",
    ]
    var received = 0
    for call in load.calls {
      for (operation, name) in names {
        let count = load.received(name, call)
        received += count
        #expect(
          count <= allowed[call]?[operation] ?? 0,
          "seed \(seed): call \(call) received \(count) times \(operation)")
      }
    }
    #expect(received > 50, "seed \(seed): the platform hardly received a command")
  }

  /// What a grade says of the time between issue and end, and what was so in truth.
  func expectTruth(_ load: ManyCommands, _ seed: UInt64) {
    var table: [String: (was: Int, wasNot: Int)] = [:]
    for (id, told) in commands {
      guard let grade = told.grades.last, let call = told.last["call"]?.string,
        let end = told.last["finalAt"]?.string.flatMap({ try? KillRecord.microseconds($0) })
      else { continue }
      let states = states(of: call, load, from: told.issuedAt, to: end)
      let wasSo = states.contains(Self.target(told.last))
      var line = table[grade] ?? (0, 0)
      if wasSo { line.was += 1 } else { line.wasNot += 1 }
      table[grade] = line
      let isTrue =
        switch grade {
        case "satisfied": wasSo
        case let grade where grade.hasPrefix("confirmed."): wasSo
        case "implied.released": states.contains("Released")
        case "contradicted": states.contains { $0 != nil && $0 != Self.target(told.last) }
        default: true
        }
      #expect(isTrue, "seed \(seed): \(id), \(grade), in truth \(states)")
    }
    print(
      "grade                 target state was in force / was not, of \(commands.count) commands")
    for (grade, line) in table.sorted(by: { $0.key < $1.key }) {
      let name = grade + String(repeating: " ", count: 22 - grade.count)
      print("\(name)\(line.was) / \(line.wasNot)")
    }
    print("answers lost to kills: \(load.lost)")
    #expect(table["confirmed.notified"]?.was ?? 0 > 20, "seed \(seed): \(table)")
  }

  /// How long ago a state may have ended of which a notification tells now: no notification says
  /// when that was. As long as the platform was told to be late, and a tenth of a second on the way.
  private static let lateness = ManyCommands.delayMax + .milliseconds(100)

  private func states(
    of call: String, _ load: ManyCommands, from: Int64, to: Int64
  ) -> [String?] {
    let history = load.truth(call)
    let late = Int64(Self.lateness / .microseconds(1))
    return history.indices.filter { index in
      let end = index + 1 < history.count ? history[index + 1].since : Int64.max
      return history[index].since <= to && end >= from - late
    }.map { history[$0].state }
  }

  private static func target(_ command: JSONValue) -> String? {
    switch command["operation"]?.string {
    case "start", "resume": "Recording"
    case "stop": "Stopped"
    case "pause": "Paused"
    default: nil
    }
  }
}
