/// Times as events write them.
enum Instant {
  /// `2026-11-21T10:15:00.118Z`, in microseconds since 1970; nil if it is something else.
  static func microseconds(_ text: String) -> Int64? {
    let parts = text.split { !$0.isNumber }
    let whole = parts.prefix(6).compactMap { Int64($0) }
    guard whole.count == 6, text.hasSuffix("Z") else { return nil }
    // Days since 1970 of the Gregorian calendar, whose years begin in March here.
    let (year, month) = (whole[1] > 2 ? whole[0] : whole[0] - 1, (whole[1] + 9) % 12)
    let days =
      year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + whole[2] - 719_469
    let seconds = days * 86_400 + whole[3] * 3_600 + whole[4] * 60 + whole[5]
    let fraction = parts.count > 6 ? String(parts[6].prefix(6)) : ""
    let padded = fraction + String(repeating: "0", count: 6 - fraction.count)
    return seconds * 1_000_000 + (Int64(padded) ?? 0)
  }
}

extension Duration {
  /// Whole microseconds, rounded down.
  var microseconds: Int64 {
    components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
  }

  /// Whole milliseconds, rounded down.
  var milliseconds: Int64 { microseconds / 1_000 }
}
