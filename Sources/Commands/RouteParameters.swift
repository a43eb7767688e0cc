extension Route {
  /// Something that requests of the route have to name.
  package struct Parameter: Equatable, Sendable {
    /// What places and commands call it.
    package let name: String
    /// What it is, for people.
    package var about: String?
    /// What it is when the command does not say.
    package var standard: Template?
    /// The GET that finds it when the command does not say.
    package var lookup: Lookup?
    /// The only values that it may have; empty for any.
    package var choices: [String] = []
    /// What it must look like, with `*` for any text.
    package var pattern: Template?
    /// It has items, written with commas between them; each must be one of the choices.
    package var isList = false

    /// A parameter that every command has to give.
    package init(_ name: String) { self.name = name }

    /// The items of a list as it is written in a command.
    package static func items(_ text: String) -> [String] {
      text.split(separator: ",").map { String($0.trimmed) }
    }
  }

  /// A GET with the place of something in its answer.
  package struct Lookup: Equatable, Sendable {
    /// Path and query, behind the platform's base URL.
    package let path: Template
    /// Where it stands.
    package let place: AnswerPlace

    /// Takes what is asked and where the answer stands.
    package init(_ path: Template, _ place: AnswerPlace) {
      self.path = path
      self.place = place
    }

    var names: [String] { path.names + place.names }
  }

  /// What is known without any parameter.
  package enum Given: String, CaseIterable, Sendable {
    /// The platform's id of the call, as the command has it.
    case call
    /// The agent who carries the command.
    case agent
    /// The command's own id, for platforms that give it back in their notifications.
    case operationId
    /// `scheme://host[:port]` of the platform.
    case origin
  }

  /// The names that stand for something wherever a route has places.
  package static let givenNames = Given.allCases.map(\.rawValue)

  /// Longer than every identifier and URI of a call, and far below what servers take in a path.
  package static let valueSizeMaxBytes = 1_024

  /// What is wrong with a value wherever it is to stand: the clause behind its name.
  static func problem(_ value: String) -> String? {
    let isClean =
      !value.isEmpty && value.utf8.count <= valueSizeMaxBytes
      && value.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
    // A dot alone would change the path that it stands in.
    guard !isClean || value == "." || value == ".." else { return nil }
    return "must have 1 to \(valueSizeMaxBytes) bytes without control characters, and be more than"
      + " dots"
  }
}

extension Route.Parameter {
  /// What is wrong with a value, if anything is: one clause for people. `values` has all that the
  /// pattern refers to.
  package func problem(_ value: String, _ values: [String: String]) -> String? {
    if let problem = Route.problem(value) { return "parameter \(name) \(problem)" }
    if !choices.isEmpty {
      let items = isList ? Self.items(value) : [value]
      if items.isEmpty || !items.allSatisfy(choices.contains) {
        let kind = isList ? "some of" : "one of"
        return "parameter \(name) must be \(kind) \(choices.joined(separator: ", ")), and is"
          + " '\(value)'"
      }
    }
    if let pattern, !pattern.matches(value, values) {
      return "parameter \(name) must look like \(pattern.filled(.plain, values)), and is '\(value)'"
    }
    return nil
  }
}

extension Template {
  /// Whether a text is this template with its values, each `*` of its own text being any text that
  /// is not empty.
  func matches(_ text: String, _ values: [String: String]) -> Bool {
    // The stars of values are ordinary characters.
    var parts: [[UInt8]] = [[]]
    for piece in pieces {
      switch piece {
      case .value(let name): parts[parts.count - 1] += Array((values[name] ?? "").utf8)
      case .text(let literal):
        let split = literal.utf8.split(
          separator: UInt8(ascii: "*"), omittingEmptySubsequences: false)
        parts[parts.count - 1] += Array(split[0])
        parts += split.dropFirst().map(Array.init)
      }
    }
    return Self.matches(Array(text.utf8)[...], parts[...])
  }

  private static func matches(_ text: ArraySlice<UInt8>, _ parts: ArraySlice<[UInt8]>) -> Bool {
    guard let first = parts.first else { return text.isEmpty }
    guard parts.count > 1 else { return text.elementsEqual(first) }
    guard text.starts(with: first) else { return false }
    // The shortest text for each star but the last leaves the most for those behind it.
    let rest = text.dropFirst(first.count)
    let next = parts[parts.startIndex + 1]
    guard parts.count > 2 else {
      return rest.count > next.count && rest.suffix(next.count) == next[...]
    }
    var tail = rest.dropFirst()
    while tail.count >= next.count {
      if tail.starts(with: next) { return matches(tail, parts.dropFirst()) }
      tail = tail.dropFirst()
    }
    return false
  }
}

extension Substring {
  fileprivate var trimmed: Substring {
    var text = self
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return text
  }
}
