import Commands
import YAML

/// How the answers of a platform read, with the place of each rule.
struct RouteRules {
  /// Nil where the route does not say, or not well.
  let status: StatusMembers?
  /// Nil where the route does not say.
  let successes: [Located<Route.Success>]?
  let refusals: [Located<Route.Refusal>]
}

/// Rules that no answer can reach, or that every answer does: the first that fits counts, so
/// whoever wrote them expects something else of the platform's answers than what will happen.
extension ConfigurationReader {
  mutating func checkReach(_ rules: RouteRules, status: YAMLPair?) {
    if let node = status?.value, let members = rules.status {
      if members.message.isEmpty { warnOfWords(rules, node.line) }
      if members.code.isEmpty { refuseCodes(rules) }
    } else if status == nil {
      refuseCodes(rules)
    }
    let all = rules.successes ?? [Self.usualSuccess]
    for index in all.indices { checkOrder(all[...index]) }
    let successes = all.filter { isYes($0) }
    for (index, refusal) in rules.refusals.enumerated() {
      if let success = successes.first(where: { $0.value.covers(refusal.value) }) {
        fail(
          refusal.line, refusal.path,
          "never reached: \(success.path) takes every such answer for a yes")
      } else {
        checkOrder(rules.refusals[...index])
      }
    }
  }

  /// Where a route does not say what means yes.
  private static var usualSuccess: Located<Route.Success> {
    Located(value: .usual, line: 0, path: "successes, by default 200-299,")
  }

  /// Complains of the last rule if one before it leaves it nothing.
  private mutating func checkOrder<Rule: AnswerRule>(_ rules: ArraySlice<Located<Rule>>) {
    guard let last = rules.last,
      let first = rules.dropLast().first(where: { $0.value.covers(last.value) })
    else { return }
    let advice =
      last.value.covers(first.value) ? "remove one of the two" : "put this one before it"
    fail(
      last.line, last.path, "never reached: \(first.path) fits every such answer; \(advice)")
  }

  /// Whether a rule takes nothing for a yes that is an error. A platform that answers errors with a
  /// yes in its own code says which codes those are.
  private mutating func isYes(_ success: Located<Route.Success>) -> Bool {
    let (statuses, codes) = (success.value.statuses, success.value.codes)
    guard codes == .whatever || codes == .absent, statuses.contains(Self.lastOfNoError),
      statuses.contains(Self.lastOfNoError + 1)
    else { return true }
    fail(
      success.line, success.path,
      "takes errors (400 and above) for a yes as well; end it at \(Self.lastOfNoError), give a rule"
        + " of its own to a status that means yes, or say with codes which answers do")
    return false
  }

  /// RFC 9110 section 15: from 400 on a status says that the request failed.
  private static let lastOfNoError = 399

  private mutating func refuseCodes(_ rules: RouteRules) {
    let places =
      (rules.successes ?? []).filter { $0.value.codes.needsOne }.map { ($0.line, $0.path) }
      + rules.refusals.filter { $0.value.codes.needsOne }.map { ($0.line, $0.path) }
    for (line, path) in places {
      fail(
        line, "\(path).codes",
        "fits no answer: say with status.code where answers have the platform's code")
    }
  }

  /// What is no JSON is searched for words as a whole.
  private mutating func warnOfWords(_ rules: RouteRules, _ line: Int) {
    guard let rule = rules.refusals.first(where: { $0.value.words != nil }) else { return }
    warn(
      line, "status.message",
      "missing, so that \(rule.path).words fits only answers that are not JSON; say where answers"
        + " have their words, such as message")
  }
}

/// A rule that some answers fit.
private protocol AnswerRule {
  /// Whether it fits every answer that the other one fits.
  func covers(_ other: Self) -> Bool
}

extension Route.Codes {
  /// Whether it fits only answers that have a code.
  fileprivate var needsOne: Bool {
    switch self {
    case .whatever, .absent: false
    case .present, .these: true
    }
  }

  /// Whether it fits every answer that the other one fits.
  fileprivate func covers(_ other: Route.Codes) -> Bool {
    switch (self, other) {
    case (.whatever, _): true
    case (.present, .present), (.present, .these), (.absent, .absent): true
    case (.these(let mine), .these(let others)): mine.isSuperset(of: others)
    case (.present, _), (.absent, _), (.these, _): false
    }
  }
}

extension ClosedRange<Int> {
  fileprivate func covers(_ other: ClosedRange<Int>) -> Bool {
    lowerBound <= other.lowerBound && other.upperBound <= upperBound
  }
}

extension Route.Success: AnswerRule {
  /// What means yes where a route does not say: RFC 9110 section 15.3.
  static let usual = Route.Success(statuses: 200...299, isAsynchronous: true)

  fileprivate func covers(_ other: Route.Success) -> Bool {
    statuses.covers(other.statuses) && codes.covers(other.codes)
  }

  fileprivate func covers(_ refusal: Route.Refusal) -> Bool {
    statuses.covers(refusal.statuses) && codes.covers(refusal.codes)
  }
}

extension Route.Refusal: AnswerRule {
  fileprivate func covers(_ other: Route.Refusal) -> Bool {
    guard statuses.covers(other.statuses), codes.covers(other.codes) else { return false }
    guard let words else { return true }
    // A message that has the longer words has these as well.
    return other.words?.lowercased().contains(words.lowercased()) ?? false
  }
}
