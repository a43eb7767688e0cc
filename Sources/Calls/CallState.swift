/// Where a call stands, as its `state` says.
package struct CallState: OpenValue {
  /// The word as the platform writes it.
  package let rawValue: String

  /// Takes any word, known or not.
  package init(rawValue: String) { self.rawValue = rawValue }

  /// We call and nobody has answered.
  package static let dialing = CallState(rawValue: "Dialing")
  /// We are called and have not answered.
  package static let ringing = CallState(rawValue: "Ringing")
  /// The parties talk.
  package static let established = CallState(rawValue: "Established")
  /// The call is parked on this leg.
  package static let held = CallState(rawValue: "Held")
  /// This leg is over.
  package static let released = CallState(rawValue: "Released")
  /// The leg is over and its after-call work is done.
  package static let completed = CallState(rawValue: "Completed")

  /// Whether the leg is over, which ends every recording made on it.
  package var isEnded: Bool { self == .released || self == .completed }
}
