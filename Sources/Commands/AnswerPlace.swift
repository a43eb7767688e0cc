package import JSON

/// Where in an answer something stands: `recordings[state=started].id`.
///
/// Names lead inwards. `[]` behind a name means any element of that array, `[key=value,…]` those
/// elements whose members say so. A value, and a name, may have places for what is known.
package struct AnswerPlace: Equatable, Sendable, CustomStringConvertible {
  struct Step: Equatable, Sendable {
    let name: Template
    /// Nil for a member that is looked at itself.
    let filter: [Condition]?
  }

  struct Condition: Equatable, Sendable {
    let key: Template
    let value: Template
  }

  /// A text that is not a place.
  package struct Mistake: Error, Equatable, Sendable {
    /// One clause for whoever wrote it.
    package let reason: String
  }

  let steps: [Step]
  /// As it was written.
  package let description: String

  /// Reads a text such as `items[].status`.
  package init(_ text: String) throws(Mistake) {
    if let mistake = Self.otherNotation(text) { throw mistake }
    var steps: [Step] = []
    for part in Self.parts(of: text) {
      let name = part.prefix { $0 != "[" }
      guard !name.isEmpty else { throw Mistake(reason: "a name is missing in \"\(text)\"") }
      let rest = part[name.endIndex...]
      if rest.isEmpty {
        steps.append(Step(name: try Self.template(name), filter: nil))
        continue
      }
      guard rest.last == "]" else {
        throw Mistake(reason: "\"\(part)\" does not end in ]")
      }
      let inside = rest.dropFirst().dropLast()
      steps.append(Step(name: try Self.template(name), filter: try Self.conditions(inside)))
    }
    self.steps = steps
    description = text
  }

  /// What is wrong with a JSONPath or a JSON pointer, which look for members that nobody has. A
  /// slash within names that have dots between them is taken for part of a name.
  private static func otherNotation(_ text: String) -> Mistake? {
    if text.hasPrefix("$.") || text.hasPrefix("$[") {
      let rest = text.dropFirst().drop { $0 == "." }
      return Mistake(reason: "a place begins with the name of a member; write \(rest)")
    }
    guard text.contains("/"), !text.contains(where: { ".[".contains($0) }) else { return nil }
    let names = text.split(separator: "/").joined(separator: ".")
    guard !names.isEmpty else { return nil }
    return Mistake(reason: "names have dots between them; write \(names)")
  }

  /// The parts between the dots that stand outside of brackets.
  private static func parts(of text: String) -> [Substring] {
    var parts: [Substring] = []
    var start = text.startIndex
    var depth = 0
    for index in text.indices {
      switch text[index] {
      case "[": depth += 1
      case "]": depth -= 1
      case "." where depth == 0:
        parts.append(text[start..<index])
        start = text.index(after: index)
      default: break
      }
    }
    return parts + [text[start...]]
  }

  private static func conditions(_ text: Substring) throws(Mistake) -> [Condition] {
    var conditions: [Condition] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: true) {
      let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard sides.count == 2, !sides[0].isEmpty, !sides[1].isEmpty else {
        throw Mistake(
          reason: "\"\(part)\" is no condition; write key=value, or [] for any element")
      }
      conditions.append(Condition(key: try template(sides[0]), value: try template(sides[1])))
    }
    return conditions
  }

  private static func template(_ text: Substring) throws(Mistake) -> Template {
    do throws(Template.Mistake) {
      return try Template(String(text))
    } catch {
      throw Mistake(reason: error.description)
    }
  }

  /// The names of the places in it for what is known.
  package var names: [String] {
    steps.flatMap { step in
      step.name.names + (step.filter ?? []).flatMap { $0.key.names + $0.value.names }
    }
  }

  /// The place as it was looked for.
  package func description(_ values: [String: String]) -> String {
    // It was read as templates, so it is one.
    (try? Template(description))?.filled(.plain, values) ?? description
  }

  /// The words that stand there, in the order of the answer; what is no word or number is none.
  package func words(in answer: JSONValue, _ values: [String: String]) -> [String] {
    var found = [answer]
    for step in steps {
      let name = step.name.filled(.plain, values)
      found = found.compactMap { $0[name] }
      guard let filter = step.filter else { continue }
      found = found.flatMap { Array($0.elements) }.filter { element in
        filter.allSatisfy { $0.holds(for: element, values) }
      }
    }
    return found.compactMap(\.word)
  }
}

extension AnswerPlace.Condition {
  fileprivate func holds(for element: JSONValue, _ values: [String: String]) -> Bool {
    element[key.filled(.plain, values)]?.word == value.filled(.plain, values)
  }
}

extension JSONValue {
  /// A string, a number or a boolean as text.
  fileprivate var word: String? { stringOrNumber ?? bool.map { $0 ? "true" : "false" } }
}
