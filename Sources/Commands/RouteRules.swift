extension Route {
  /// Which codes a rule is about.
  package enum Codes: Equatable, Sendable {
    /// Any, or none at all.
    case whatever
    /// An answer without a code.
    case absent
    /// Any code.
    case present
    /// One of these.
    case these(Set<Int64>)

    /// Whether the rule says which they are.
    var areNamed: Bool { if case .these = self { true } else { false } }

    fileprivate func contains(_ code: Int64?) -> Bool {
      switch self {
      case .whatever: true
      case .absent: code == nil
      case .present: code != nil
      case .these(let codes): code.map(codes.contains) ?? false
      }
    }
  }

  /// An answer that means yes.
  package struct Success: Equatable, Sendable {
    /// The HTTP statuses.
    package let statuses: ClosedRange<Int>
    /// The platform's own codes.
    package let codes: Codes
    /// Whether it says that the work is still to be done.
    package let isAsynchronous: Bool

    /// Takes what must be so.
    package init(statuses: ClosedRange<Int>, codes: Codes = .whatever, isAsynchronous: Bool) {
      self.statuses = statuses
      self.codes = codes
      self.isAsynchronous = isAsynchronous
    }

    func fits(_ status: Int, _ code: Int64?) -> Bool {
      statuses.contains(status) && codes.contains(code)
    }
  }

  /// One way in which a platform says no.
  package struct Refusal: Equatable, Sendable {
    /// What a refusal means for the command.
    package enum Meaning: String, CaseIterable, Sendable {
      /// It was not carried out, and would not be another time.
      case permanent
      /// It was not carried out because the call is in another state than it needs.
      case conflict
      /// The call is not there any more.
      case gone
      /// The session has ended or the credentials are not good; it was not carried out.
      case notAuthenticated = "not-authenticated"
      /// Too many requests; it was not carried out now.
      case throttled
      /// It may or may not have been carried out.
      case transient
      /// The platform did not understand the request; it was not carried out.
      case malformed
    }

    /// The platform's codes.
    package var codes: Codes
    /// The HTTP statuses.
    package var statuses: ClosedRange<Int>
    /// Words that the message has, whatever their case; nil when it does not matter.
    package var words: String?
    /// What it means.
    package var meaning: Meaning
    /// It may as well say that the recording is in another state than the operation needs: only the
    /// verifying GET tells.
    package var isDoubtful = false
    /// What it was most likely for, the likeliest first; empty to leave that to the general
    /// knowledge of statuses and words.
    package var causes: [Cause] = []
    /// What helps on this platform, in a sentence for people.
    package var advice: String?

    /// The statuses of a rule that does not ask for any.
    package static let anyStatus = 100...599

    /// Takes what must be so, all of it.
    package init(
      _ meaning: Meaning, codes: Codes = .whatever, statuses: ClosedRange<Int> = anyStatus,
      words: String? = nil
    ) {
      self.meaning = meaning
      self.codes = codes
      self.statuses = statuses
      self.words = words
    }

    func fits(_ status: Int, _ code: Int64?, _ message: String) -> Bool {
      statuses.contains(status) && codes.contains(code)
        && (words.map { message.lowercased().contains($0.lowercased()) } ?? true)
    }
  }

  /// What an answer without a code means where the route does not say: it may come from somebody
  /// between. RFC 9110 section 15.5 and RFC 6585 section 4.
  static let usual = [
    Refusal(.notAuthenticated, codes: .absent, statuses: 401...401),
    Refusal(.notAuthenticated, codes: .absent, statuses: 403...403),
    Refusal(.throttled, codes: .absent, statuses: 429...429),
    Refusal(.transient, codes: .absent, statuses: 408...408),
    Refusal(.permanent, codes: .absent, statuses: 400...499),
  ]

  func refusal(_ status: Int, _ code: Int64?, _ message: String) -> Refusal? {
    (refusals + Self.usual).first { $0.fits(status, code, message) }
  }
}
