/// Durations as people write them in a configuration: `10s`, `500ms`, `2m`, `1h`.
enum DurationText {
  /// The forms, for messages.
  static let expected = "a duration such as 10s, 500ms, 2m or 1h"

  /// The units, the longer name first where one ends in the other.
  private static let units: [(suffix: String, milliseconds: Int64)] = [
    ("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000),
  ]
  /// More than a hundred days in milliseconds; keeps the product far from overflow.
  private static let digitsMax = 10

  /// The duration that `text` says, or nil when it is not one: a whole number and its unit.
  static func parse(_ text: String) -> Duration? {
    guard let unit = units.first(where: { text.hasSuffix($0.suffix) }) else { return nil }
    let digits = text.dropLast(unit.suffix.count)
    guard !digits.isEmpty, digits.utf8.count <= digitsMax,
      digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let count = Int64(digits)
    else { return nil }
    return .milliseconds(count * unit.milliseconds)
  }

  /// The shortest form of a whole number of milliseconds.
  static func format(_ duration: Duration) -> String {
    let milliseconds = Int64(duration / .milliseconds(1))
    let unit = units.last { milliseconds % $0.milliseconds == 0 && milliseconds != 0 } ?? units[0]
    return "\(milliseconds / unit.milliseconds)\(unit.suffix)"
  }
}
