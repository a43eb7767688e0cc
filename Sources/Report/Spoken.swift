import Commands

/// Times and numbers as people read them.
enum Spoken {
  /// `2026-11-25 10:15:03.118`, UTC.
  static func moment(_ time: Duration) -> String { "\(day(time)) \(clock(time))" }

  /// `2026-11-25`.
  static func day(_ time: Duration) -> String { String(Timestamp.text(time).prefix(10)) }

  /// `10:15:03.118`.
  static func clock(_ time: Duration) -> String {
    String(Timestamp.text(time).dropFirst(11).prefix(12))
  }

  /// `10:15:03.118`, with the day in front if that is not `other`'s.
  static func clock(_ time: Duration, besides other: Duration) -> String {
    day(time) == day(other) ? clock(time) : moment(time)
  }

  /// `2026-11-25 10:15 UTC`, or with seconds where they matter.
  static func bound(_ time: Duration) -> String {
    let text = Timestamp.text(time)
    let hasSeconds = time.wholeMicroseconds % 60_000_000 != 0
    return "\(text.prefix(10)) \(text.dropFirst(11).prefix(hasSeconds ? 12 : 5)) UTC"
  }

  /// Microseconds as `0.4 ms`, `91 ms`, `2.35 s`, `3 min 05 s` or `2 h 04 min`.
  static func duration(_ micros: Int64) -> String {
    // A record that somebody has edited may say any number.
    if micros < 0 { return "-\(duration(micros == .min ? .max : -micros))" }
    return switch micros {
    case ..<9_950: "\(tenths(micros, of: 1_000)) ms"
    case ..<999_500: "\((micros + 500) / 1_000) ms"
    case ..<59_995_000:
      "\((micros + 5_000) / 1_000_000).\(padded((micros + 5_000) / 10_000 % 100)) s"
    case ..<3_600_000_000: "\(micros / 60_000_000) min \(padded(micros / 1_000_000 % 60)) s"
    default: "\(grouped(micros / 3_600_000_000)) h \(padded(micros / 60_000_000 % 60)) min"
    }
  }

  static func duration(_ time: Duration) -> String { duration(time.wholeMicroseconds) }

  /// `1,440`.
  static func grouped(_ number: some BinaryInteger) -> String {
    var text = ""
    let digits = String(number)
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0, digit != "-" { text += "," }
      text.append(digit)
    }
    return text
  }

  /// `1 call`, `2 calls`, `no calls`.
  static func count(_ number: Int, _ one: String, _ many: String? = nil) -> String {
    let several = many ?? one + "s"
    return switch number {
    case 0: "no \(several)"
    case 1: "1 \(one)"
    default: "\(grouped(number)) \(several)"
    }
  }

  private static func tenths(_ micros: Int64, of unit: Int64) -> String {
    let tenths = (micros * 10 + unit / 2) / unit
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
  }

  private static func padded(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
