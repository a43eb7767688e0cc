import Commands
import JSON

/// A command as the entries of a report tell of it.
package struct RecordedCommand: Sendable {
  /// A move, and when it was entered.
  package struct Step: Sendable {
    package let status: String
    package let time: Duration
  }

  /// Somebody has seen to it.
  package struct Acknowledgement: Sendable {
    package let by: String
    package let at: Duration
    package let why: Kept?
    package let entry: Int64
  }

  package let id: String
  package let call: Kept?
  package let agent: Kept?
  package let operation: String
  /// Somebody else was to send it.
  package let isObserved: Bool
  package let issuedAt: Duration
  /// Who asked.
  package let asker: String
  package internal(set) var steps: [Step] = []
  /// The numbers of the entries that tell of it.
  package internal(set) var entries: [Int64] = []
  package internal(set) var finalAt: Duration?
  package internal(set) var grade: String?
  /// The confirmation that was contradicted.
  package internal(set) var previously: String?
  /// The command that took its place, and what that asked for.
  package internal(set) var successor: (id: String, operation: String)?
  /// What witnessed it: notification, snapshot, look, reply, release, deadline, gap or knowledge.
  package internal(set) var witness: String?
  /// The event that showed it.
  package internal(set) var event: Int64?
  /// The recording state last witnessed.
  package internal(set) var state: Kept?
  /// What each of the three witnesses said, and whether they agreed.
  package internal(set) var witnesses: String?
  package internal(set) var file: Kept?
  /// What the platform answered.
  package internal(set) var statusCode: Int64?
  package internal(set) var message: Kept?
  /// What the newest look came to that showed no state.
  package internal(set) var lookFailure: Kept?
  /// From issue to confirmation, in microseconds.
  package internal(set) var latency: Int64?
  package internal(set) var attempts: Int64 = 0
  /// It moved while the store could not be written.
  package internal(set) var isEmergency = false
  package internal(set) var acknowledgement: Acknowledgement?
  /// Its grade was given, or taken back, after the period.
  package internal(set) var isGradedLater = false
  package internal(set) var causes: [LikelyCause] = []
  /// What the route said of the refusal that it ended with.
  package internal(set) var advice: Kept?

  /// Nil for a record that names no command.
  init?(_ record: JSONValue, time: Duration) {
    guard let id = record.kept("command") else { return nil }
    self.id = id.shown
    call = record.kept("call")
    agent = record.kept("agent")
    operation = record.kept("operation")?.shown ?? "?"
    isObserved = record["mode"]?.string == "observe"
    issuedAt = record["issuedAt"]?.string.flatMap(Timestamp.parse) ?? time
    asker = Person.text(record["origin"])
  }

  /// Whether it asks for less recording.
  package var isSafe: Bool { operation == "stop" || operation == "pause" }

  package var standing: Standing {
    Standing(grade: grade, operation, successor: successor?.operation)
  }

  /// When its grade was given; else when it was last heard of.
  package var lastTime: Duration { finalAt ?? steps.last?.time ?? issuedAt }

  /// Takes a move of it.
  mutating func move(_ record: JSONValue, _ number: Int64, at time: Duration) {
    entries.append(number)
    let status = record["status"]?.string ?? "?"
    steps.append(Step(status: status, time: time))
    grade = record["grade"]?.string ?? grade
    previously = record["previously"]?.string ?? previously
    finalAt = record["finalAt"]?.string.flatMap(Timestamp.parse) ?? finalAt
    if grade != nil, finalAt == nil { finalAt = time }
    let milliseconds = record["latencyMs"]?.double
    latency = milliseconds.flatMap { Int64(exactly: ($0 * 1_000).rounded()) } ?? latency
    attempts = record["attempts"]?.integer ?? attempts
    if record["emergency"]?.bool == true { isEmergency = true }
    if let next = record["supersededBy"], let id = next.kept("command") {
      successor = (id.shown, next.kept("operation")?.shown ?? "?")
    }
    if let evidence = record["evidence"] { take(evidence) }
    if grade != nil {
      causes = LikelyCause.all(of: record)
      advice = record.kept("advice")
    }
    if let seen = record["acknowledgement"] { acknowledge(seen, number, at: time) }
  }

  private mutating func take(_ evidence: JSONValue) {
    witness = evidence.kept("kind")?.shown
    event = evidence["event"]?.integer
    state = evidence.kept("state")
    witnesses = evidence["witnesses"].map(WitnessText.text)
    file = evidence.kept("recordingFile")
    statusCode = evidence["statusCode"]?.integer
    message = evidence.kept("message")
    lookFailure = evidence.kept("lookFailure")
  }

  /// The first acknowledgement stays.
  mutating func acknowledge(_ record: JSONValue, _ number: Int64, at time: Duration) {
    guard acknowledgement == nil else { return }
    acknowledgement = Acknowledgement(
      by: Person.text(record["by"]), at: record["at"]?.string.flatMap(Timestamp.parse) ?? time,
      why: record.kept("why"), entry: number)
  }
}

/// Why a command may have ended as it did.
package struct LikelyCause: Sendable {
  package let meaning: String
  package let remedy: String

  /// What the record says, which is what the one who asked was told. Only a record of a version
  /// that did not say it is read for what general knowledge has to tell.
  static func all(of record: JSONValue) -> [LikelyCause] {
    if let causes = record["causes"] {
      return causes.elements.map { cause in
        LikelyCause(
          meaning: cause.kept("meaning")?.shown ?? "?", remedy: cause.kept("remedy")?.shown ?? "?")
      }
    }
    if record["advice"] != nil { return [] }
    let plain = JSONWriter.write { record.writeWithoutCommitments(to: &$0) }
    guard let value = try? JSONValue.parse(plain), let command = try? Command(record: value) else {
      return []
    }
    return command.explained(by: nil).causes.map {
      LikelyCause(meaning: $0.meaning, remedy: $0.remedy)
    }
  }
}

/// Who asked, in words.
enum Person {
  /// `eve (uid 1000)`, or as much of that as is known.
  static func text(_ origin: JSONValue?) -> String {
    let name = origin?.kept("name")?.shown
    let uid = origin?.kept("uid").map { "uid \($0.shown)" }
    guard let name else { return uid ?? "nobody that is on record" }
    return uid.map { "\(name) (\($0))" } ?? name
  }
}

/// What the three witnesses said, in words.
enum WitnessText {
  static func text(_ witnesses: JSONValue) -> String {
    var said: [String] = []
    if let state = witnesses.kept("recordingState") { said.append("state \(state.shown)") }
    if let data = witnesses.kept("gsipRecord") { said.append("attached data \(data.shown)") }
    let capabilities = witnesses["capabilities"].map { $0.elements.map { $0.string ?? "?" } } ?? []
    if !capabilities.isEmpty { said.append("may \(capabilities.joined(separator: ", "))") }
    let verdict =
      switch witnesses["verdict"]?.string {
      case "agree": "witnesses agree"
      case "disagree": "witnesses disagree"
      default: "too few witnesses"
      }
    return said.isEmpty ? verdict : "\(verdict): \(said.joined(separator: "; "))"
  }
}
