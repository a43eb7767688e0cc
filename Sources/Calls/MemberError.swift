package import JSON

/// A member that had to be there and is not, or that is not what it has to be.
package struct MemberError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What is wrong with the member.
  package enum Problem: Equatable, Sendable {
    case missing(expected: String)
    case wrongType(expected: String, found: JSONValue.Kind)
    /// A closed set of words does not have this one.
    case unknownValue(String, expected: String)
    /// The platform answered with an error instead of the thing asked for.
    case refused(statusCode: String)
  }

  /// The path to the member, such as `data.call.capabilities[3]`.
  package let member: String
  /// What is wrong with it.
  package let problem: Problem

  /// Says what is wrong with the member at a path.
  package init(_ member: String, _ problem: Problem) {
    self.member = member
    self.problem = problem
  }

  /// One line: the member, what was found, what was expected. Never shows the value of a text that
  /// was of the wrong type, which may be personal.
  package var description: String {
    switch problem {
    case .missing(let expected): "\(member) is missing; expected \(expected)"
    case .wrongType(let expected, let found):
      "\(member) is of type \(found); expected \(expected)"
    case .unknownValue(let value, let expected):
      "\(member) is '\(value)'; expected \(expected)"
    case .refused(let statusCode):
      "\(member) is \(statusCode); expected 0, the platform refused the request"
    }
  }
}
