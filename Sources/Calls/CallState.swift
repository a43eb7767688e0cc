/// Where a call stands, as its `state` says.
package struct CallState: OpenValue {
  package let rawValue: String

  package init(rawValue: String) { self.rawValue = rawValue }

  package static let dialing = CallState(rawValue: "Dialing")
  package static let ringing = CallState(rawValue: "Ringing")
  package static let established = CallState(rawValue: "Established")
  package static let held = CallState(rawValue: "Held")
  package static let released = CallState(rawValue: "Released")
  package static let completed = CallState(rawValue: "Completed")

  /// Whether the leg is over, which ends every recording made on it.
  package var isEnded: Bool { self == .released || self == .completed }
}
