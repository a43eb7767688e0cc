/// Ages as people write them in a configuration: `30m`, `12h`, `90d`, `7y`.
enum AgeText {
  /// The forms, for messages.
  static let expected = "an age such as 12h, 90d or 7y"

  /// A year is 365 days: nobody waits for a leap day.
  private static let units: [(suffix: String, word: String, seconds: Int64)] = [
    ("m", "minute", 60), ("h", "hour", 3_600), ("d", "day", 86_400), ("y", "year", 31_536_000),
  ]
  /// Up to 99,999 years in seconds, far from overflow.
  private static let digitsMax = 5

  /// The age that `text` says, or nil when it is none: a whole number and its unit.
  static func parse(_ text: String) -> Duration? {
    guard let unit = units.first(where: { text.hasSuffix($0.suffix) }) else { return nil }
    let digits = text.dropLast()
    guard (1...digitsMax).contains(digits.utf8.count), digits.utf8.allSatisfy(\.isDigit),
      let count = Int64(digits)
    else { return nil }
    return .seconds(count * unit.seconds)
  }

  /// `30 days`, in the largest unit that says it exactly.
  static func words(_ age: Duration) -> String {
    let seconds = age.components.seconds
    guard let unit = units.last(where: { seconds % $0.seconds == 0 }), seconds > 0 else {
      return "\(seconds) seconds"
    }
    let count = seconds / unit.seconds
    return "\(count) \(unit.word)\(count == 1 ? "" : "s")"
  }
}
