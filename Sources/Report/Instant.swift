import Commands

/// Times as people write them in ISO 8601.
package enum Instant {
  /// The instant of `2026-11-25`, `2026-11-25T08:30`, `2026-11-25T08:30:15.5Z` or the like, since
  /// the Unix epoch. A date alone is its start. UTC, unless `+01:00` or `-05:00` stands behind a
  /// time. Nil for anything else.
  package static func parse(_ text: String) -> Duration? {
    let parts = text.split(separator: "T", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return Timestamp.parse("\(text)T00:00:00.000000Z") }
    guard let (clock, offset) = zone(parts[1]), let full = fullClock(clock) else { return nil }
    return Timestamp.parse("\(parts[0])T\(full)Z").map { $0 - offset }
  }

  /// A clock time without its zone, and how far the zone is ahead of UTC.
  private static func zone(_ text: Substring) -> (Substring, Duration)? {
    if text.hasSuffix("Z") { return (text.dropLast(), .zero) }
    guard let sign = text.lastIndex(where: { $0 == "+" || $0 == "-" }) else { return (text, .zero) }
    let digits = text[text.index(after: sign)...].split(
      separator: ":", omittingEmptySubsequences: false)
    guard digits.count == 2, digits.allSatisfy({ $0.utf8.count == 2 }),
      let hours = UInt8(digits[0]), let minutes = UInt8(digits[1]), hours < 24, minutes < 60
    else { return nil }
    let offset = Duration.seconds(Int64(hours) * 3_600 + Int64(minutes) * 60)
    return (text[..<sign], text[sign] == "-" ? .zero - offset : offset)
  }

  /// `08:30:00.000000` of `08:30`, `08:30:00` or `08:30:00.5`.
  private static func fullClock(_ text: Substring) -> String? {
    let whole = text.split(separator: ".", omittingEmptySubsequences: false)
    guard whole.count <= 2 else { return nil }
    let fraction = whole.count == 2 ? whole[1] : "0"
    guard (1...6).contains(fraction.utf8.count) else { return nil }
    let hasSeconds = whole[0].utf8.count > 5
    guard hasSeconds || whole.count == 1 else { return nil }
    let padding = String(repeating: "0", count: 6 - fraction.utf8.count)
    return "\(whole[0])\(hasSeconds ? "" : ":00").\(fraction)\(padding)"
  }
}
