import Testing

@testable import Daemon

/// How long a receiver that fails is left alone, and what is said of it.
@Suite struct TroubleTests {
  private final class Lines {
    var lines: [String] = []
  }

  private func trouble() -> (Trouble, Lines) {
    let said = Lines()
    return (
      Trouble("feed", of: ("group", "feed:f"), logger: Logger { said.lines.append($0) }), said
    )
  }

  /// Mutations tried: the pauses do not grow; they do not begin anew; the receiver's own wish is
  /// not heard.
  @Test func `pauses double up to a minute, and begin anew after a success`() {
    var (trouble, _) = trouble()
    func pauses(_ count: Int) -> [Int64] {
      (0..<count).map { _ in trouble.failed(DeliveryFailure(reason: "r")).components.seconds }
    }
    #expect(pauses(9) == [1, 2, 4, 8, 16, 32, 60, 60, 60])
    trouble.passed()
    #expect(pauses(2) == [1, 2])
    let wish = DeliveryFailure(reason: "r", retryAfter: .seconds(90))
    #expect(trouble.failed(wish) == .seconds(90))
    #expect(trouble.failed(DeliveryFailure(reason: "r", retryAfter: .seconds(1))) == .seconds(8))
  }

  @Test func `a reason is told once, another one too, and the end of it`() {
    var (trouble, said) = trouble()
    trouble.passed()
    for reason in ["away", "away", "full"] {
      _ = trouble.failed(DeliveryFailure(reason: reason))
      #expect(trouble.reason == reason)
    }
    trouble.passed()
    trouble.passed()
    #expect(trouble.reason == nil)
    let told = said.lines.map { line in
      ["feed-failing", "feed-delivers"].filter { line.contains("event=\($0) group=feed:f") }
    }
    #expect(told == [["feed-failing"], ["feed-failing"], ["feed-delivers"]])
  }
}
