import Bayeux
import Testing

@testable import Bridge

@Suite struct AlarmsTests {
  /// Mutations tried: no settling after a removal; no settling upwards.
  @Test func `whatever is set and taken out, what is due comes in the order of time`() {
    var random = SplitMix64(seed: 7)
    var alarms = Alarms()
    var model: [Int: Duration] = [:]
    var now = Duration.zero
    for _ in 0..<20_000 {
      let key = Int.random(in: 0..<200, using: &random)
      switch Int.random(in: 0..<10, using: &random) {
      case 0..<6:
        let time = now + .milliseconds(Int.random(in: 0..<5_000, using: &random))
        alarms.set(key, time)
        model[key] = time
      case 6..<8:
        alarms.set(key, nil)
        model[key] = nil
      default:
        now += .milliseconds(Int.random(in: 0..<300, using: &random))
        let due = model.filter { $0.value <= now }.sorted {
          ($0.value, $0.key) < ($1.value, $1.key)
        }
        #expect(alarms.takeDue(at: now) == due.map(\.key))
        for (key, _) in due { model[key] = nil }
      }
      #expect(alarms.earliest == model.values.min())
      #expect(alarms[key] == model[key])
    }
  }
}
