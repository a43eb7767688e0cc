/// A calendar date and time of day in UTC, from seconds since 1970-01-01.
struct CivilDate {
  let year: Int
  let month: Int
  let day: Int
  let secondOfDay: Int

  /// Counts days in a calendar whose years begin on 1 March, so that a leap day comes last.
  init(unixSeconds: Int64) {
    let days = Int(unixSeconds / 86_400)
    secondOfDay = Int(unixSeconds % 86_400)
    let daysPerEra = 146_097  // 400 years
    let shifted = days + 719_468  // days from 0000-03-01 to 1970-01-01
    let era = shifted / daysPerEra
    let dayOfEra = shifted % daysPerEra
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// `2015-10-16_14-26-23`, as recording files are named.
  var fileStamp: String {
    let parts = [secondOfDay / 3600, secondOfDay / 60 % 60, secondOfDay % 60]
    return "\(year)-\(two(month))-\(two(day))_" + parts.map(two).joined(separator: "-")
  }

  private func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
