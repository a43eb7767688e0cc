/// RFC 3339 texts in UTC with microseconds, such as `2026-01-31T09:05:00.000250Z`.
///
/// Years 0000 to 9999 (RFC 3339 section 1); a wall clock outside them is written as the nearest
/// instant inside.
package enum Timestamp {
  /// The text of an instant, given since the Unix epoch.
  package static func text(_ sinceEpoch: Duration) -> String {
    let micros = min(max(sinceEpoch.wholeMicroseconds, earliest), latest)
    let (seconds, fraction) = floorDivide(micros, 1_000_000)
    let (days, secondOfDay) = floorDivide(seconds, 86_400)
    let date = civil(days)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(27)
    append(date.year, digits: 4, then: "-", to: &bytes)
    append(date.month, digits: 2, then: "-", to: &bytes)
    append(date.day, digits: 2, then: "T", to: &bytes)
    append(secondOfDay / 3600, digits: 2, then: ":", to: &bytes)
    append(secondOfDay / 60 % 60, digits: 2, then: ":", to: &bytes)
    append(secondOfDay % 60, digits: 2, then: ".", to: &bytes)
    append(fraction, digits: 6, then: "Z", to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The instant of a text that ``text(_:)`` wrote; nil for any other text.
  package static func parse(_ text: String) -> Duration? { parse(text.utf8Span.span) }

  /// The same of its bytes.
  package static func parse(_ bytes: Span<UInt8>) -> Duration? {
    guard bytes.count == 27,
      let year = number(bytes, 0..<4, then: "-"), let month = number(bytes, 5..<7, then: "-"),
      let day = number(bytes, 8..<10, then: "T"), let hour = number(bytes, 11..<13, then: ":"),
      let minute = number(bytes, 14..<16, then: ":"),
      let second = number(bytes, 17..<19, then: "."),
      let fraction = number(bytes, 20..<26, then: "Z"),
      (1...12).contains(month), hour < 24, minute < 60, second < 60
    else { return nil }
    let days = days(year: year, month: month, day: day)
    guard civil(days) == Civil(year: year, month: month, day: day) else { return nil }
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second
    return .microseconds(seconds * 1_000_000 + fraction)
  }

  /// The instant itself, or the nearest that has a text.
  package static func clamped(_ sinceEpoch: Duration) -> Duration {
    min(max(sinceEpoch, .microseconds(earliest)), .microseconds(latest))
  }

  private static let earliest: Int64 = -62_167_219_200_000_000
  private static let latest: Int64 = 253_402_300_799_999_999

  private struct Civil: Equatable {
    var year: Int64
    var month: Int64
    var day: Int64
  }

  private static func floorDivide(_ value: Int64, _ by: Int64) -> (Int64, Int64) {
    let rest = value % by
    return rest < 0 ? (value / by - 1, rest + by) : (value / by, rest)
  }

  /// The date of a day since 1970-01-01. Years are counted from March, so that the leap day is the
  /// last day of its year; 400 such years are always 146,097 days.
  private static func civil(_ days: Int64) -> Civil {
    let (era, dayOfEra) = floorDivide(days + 719_468, 146_097)
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    return Civil(
      year: era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month: month,
      day: dayOfYear - (153 * shifted + 2) / 5 + 1)
  }

  private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
    let (era, yearOfEra) = floorDivide(month <= 2 ? year - 1 : year, 400)
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  private static func append(
    _ value: Int64, digits: Int, then separator: Unicode.Scalar, to bytes: inout [UInt8]
  ) {
    var divisor: Int64 = 1
    for _ in 1..<digits { divisor *= 10 }
    while divisor > 0 {
      bytes.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
      divisor /= 10
    }
    bytes.append(UInt8(ascii: separator))
  }

  private static func number(
    _ bytes: Span<UInt8>, _ range: Range<Int>, then separator: Unicode.Scalar
  ) -> Int64? {
    guard bytes[range.upperBound] == UInt8(ascii: separator) else { return nil }
    var number: Int64 = 0
    for index in range {
      let digit = bytes[index] &- UInt8(ascii: "0")
      guard digit < 10 else { return nil }
      number = number * 10 + Int64(digit)
    }
    return number
  }
}
