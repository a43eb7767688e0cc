import Commands

/// Round times for an axis.
struct TimeAxis {
  struct Tick {
    let time: Duration
    let text: String
  }

  let ticks: [Tick]

  /// More would touch on a phone.
  private static let ticksMax: Int64 = 4

  /// In milliseconds: what clocks and people count in.
  private static let steps: [Int64] = [
    100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000,
    900_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000, 21_600_000, 43_200_000, 86_400_000,
    172_800_000, 604_800_000, 2_592_000_000, 31_536_000_000,
  ]

  init(from: Duration, to: Duration) {
    let start = from.wholeMicroseconds
    let end = to.wholeMicroseconds
    let step = Self.steps.first { (end - start) / ($0 * 1_000) < Self.ticksMax } ?? Self.steps.last
    guard let step = step.map({ $0 * 1_000 }) else {
      ticks = []
      return
    }
    var ticks: [Tick] = []
    var time = (start + step - 1) / step * step
    while time <= end, ticks.count < Self.ticksMax + 1 {
      ticks.append(Tick(time: .microseconds(time), text: Self.text(time, step: step)))
      time += step
    }
    self.ticks = ticks
  }

  private static func text(_ micros: Int64, step: Int64) -> String {
    let time = Duration.microseconds(micros)
    let clock = Spoken.clock(time)
    return switch step {
    case ..<1_000_000: String(clock.prefix(10))
    case ..<60_000_000: String(clock.prefix(8))
    case ..<86_400_000_000: String(clock.prefix(5))
    default: Spoken.day(time)
    }
  }
}
