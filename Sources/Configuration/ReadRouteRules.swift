import Commands
import YAML

/// How the answers of a platform read.
extension ConfigurationReader {
  mutating func statusMembers(_ node: YAMLNode) -> StatusMembers? {
    guard let section = section(node, path: "status", RouteKeys.status) else { return nil }
    return StatusMembers(
      code: members("code", of: section), message: members("message", of: section))
  }

  /// Names with dots between them, from the outside in.
  private mutating func members(_ key: String, of section: SectionReading) -> [String] {
    guard let pair = section.pairs[key] else { return [] }
    let expected = "the name of a member, such as error.code"
    return text(pair.value, path: section.path(to: key), expected: expected)?
      .value.split(separator: ".").map(String.init) ?? []
  }

  mutating func successes(_ node: YAMLNode) -> [Located<Route.Success>] {
    let expected = "a list of answers such as { status: 202, asynchronous: true }"
    var successes: [Located<Route.Success>] = []
    for item in items(node, path: "successes", expected: expected, .refused) ?? [] {
      let problemsBefore = problems.count
      guard let section = section(item.node, path: item.path, RouteKeys.success) else { continue }
      let statuses = required("status", of: section, expected: Self.statusExpected)
        .flatMap { self.statuses($0, path: section.path(to: "status")) }
      let codes = section.pairs["codes"].flatMap {
        self.codes($0.value, path: section.path(to: "codes"))
      }
      let isAsynchronous = section.pairs["asynchronous"].flatMap {
        flag($0.value, path: section.path(to: "asynchronous"))
      }
      // Whatever is not right fits more, or less, than was meant.
      guard let statuses, problems.count == problemsBefore else { continue }
      let success = Route.Success(
        statuses: statuses, codes: codes ?? .whatever, isAsynchronous: isAsynchronous ?? true)
      successes.append(Located(value: success, line: item.node.line, path: item.path))
    }
    return successes
  }

  mutating func refusals(_ node: YAMLNode) -> [Located<Route.Refusal>] {
    let expected = "a list of answers such as { status: 409, means: conflict }"
    var refusals: [Located<Route.Refusal>] = []
    for item in items(node, path: "refusals", expected: expected, .accepted) ?? [] {
      let problemsBefore = problems.count
      guard let section = section(item.node, path: item.path, RouteKeys.refusal),
        let refusal = refusal(section), problems.count == problemsBefore
      else { continue }
      refusals.append(Located(value: refusal, line: item.node.line, path: item.path))
    }
    return refusals
  }

  private mutating func refusal(_ section: SectionReading) -> Route.Refusal? {
    let meaning = required("means", of: section, expected: "what it means, such as conflict")
      .flatMap {
        choice(
          $0, path: section.path(to: "means"), Route.Refusal.Meaning.self, meanings: \.inShort)
      }
    let statuses = section.pairs["status"].flatMap {
      self.statuses($0.value, path: section.path(to: "status"))
    }
    let codes = section.pairs["codes"].flatMap {
      self.codes($0.value, path: section.path(to: "codes"))
    }
    let words = section.pairs["words"].flatMap {
      text($0.value, path: section.path(to: "words"), expected: "words of the platform's message")
    }
    let isDoubtful = section.pairs["look"].flatMap {
      flag($0.value, path: section.path(to: "look"))
    }
    let causes = section.pairs["causes"].map {
      self.causes($0.value, path: section.path(to: "causes"))
    }
    let advice = section.pairs["advice"].flatMap {
      text($0.value, path: section.path(to: "advice"), expected: "a sentence that helps")
    }
    if section.pairs.keys.allSatisfy({ !["status", "codes", "words"].contains($0) }) {
      fail(section.line, section.path, "expected at least one of status, codes and words")
    }
    guard let meaning else { return nil }
    var refusal = Route.Refusal(
      meaning, codes: codes ?? .whatever, statuses: statuses ?? Route.Refusal.anyStatus,
      words: words?.value)
    refusal.isDoubtful = isDoubtful ?? false
    refusal.causes = causes ?? []
    refusal.advice = advice?.value
    return refusal
  }

  private mutating func causes(_ node: YAMLNode, path: String) -> [Cause] {
    let expected = "a list of causes such as [wrong-id]"
    return (items(node, path: path, expected: expected, .refused) ?? []).compactMap {
      choice($0.node, path: $0.path, Cause.self)
    }
  }

  private static let statusExpected = "an HTTP status such as 409, or a range such as 400-499"

  /// `409` or `400-499`.
  private mutating func statuses(_ node: YAMLNode, path: String) -> ClosedRange<Int>? {
    if case .scalar(let text, _) = node.content {
      let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
      let valid = ends.compactMap(\.self).filter((100...599).contains)
      if valid.count == ends.count, (1...2).contains(valid.count),
        valid[0] <= valid[valid.count - 1]
      {
        return valid[0]...valid[valid.count - 1]
      }
    }
    fail(
      node.line, path,
      "expected \(Self.statusExpected), found \(node.shown)\(advice(onStatuses: node))")
    return nil
  }

  private func advice(onStatuses node: YAMLNode) -> String {
    switch node.content {
    case .sequence: return "; write a rule for each of them"
    case .scalar(let text, _):
      let digit = text.prefix { $0.isNumber }
      guard digit.count == 1, text.count == 3, text.lowercased().hasSuffix("xx") else { return "" }
      return "; write \(digit)00-\(digit)99"
    case .mapping: return ""
    }
  }

  /// `absent`, `present`, or a list of whole numbers.
  private mutating func codes(_ node: YAMLNode, path: String) -> Route.Codes? {
    let expected = "absent, present, or a list of the platform's codes such as [6]"
    switch node.content {
    case .scalar("absent", _): return .absent
    case .scalar("present", _): return .present
    case .sequence(let items) where !items.isEmpty:
      var codes: Set<Int64> = []
      for item in items {
        if case .scalar(let text, .plain) = item.content, let code = Int64(text) {
          codes.insert(code)
        } else {
          fail(
            item.line, path,
            "expected \(expected), found \(item.shown), which is no whole number;"
              + " \(wayOut(of: item))")
          return nil
        }
      }
      return .these(codes)
    default:
      fail(node.line, path, "expected \(expected), found \(node.shown)")
      return nil
    }
  }

  /// Numbers in quotes are numbers for whoever wrote them.
  private func wayOut(of code: YAMLNode) -> String {
    guard case .scalar(let text, _) = code.content, !text.isEmpty else { return "write a number" }
    if Int64(text) != nil { return "write it without quotes" }
    return "a code that is a text is found by words: \(text) instead of codes, with status.message"
      + " saying where it stands"
  }

  mutating func number(_ node: YAMLNode, path: String, _ range: ClosedRange<Int>) -> Int? {
    if case .scalar(let text, .plain) = node.content, let number = Int(text),
      range.contains(number)
    {
      return number
    }
    fail(
      node.line, path,
      "expected a number from \(range.lowerBound) to \(range.upperBound), found \(node.shown)")
    return nil
  }
}

extension Route.Refusal.Meaning {
  /// For whoever has to choose one; docs/routes.md says what follows from each.
  fileprivate var inShort: String? {
    switch self {
    case .permanent: "it will never be carried out"
    case .conflict: "the state does not allow it now"
    case .gone: "there is no such call or recording"
    case .notAuthenticated: "the login or the token is not good"
    case .throttled: "too many requests"
    case .transient: "nobody knows whether it was carried out"
    case .malformed: "the request was not understood"
    }
  }
}
