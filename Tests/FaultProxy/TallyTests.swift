import Testing

@testable import faults

/// How the matrix counts: what is lost, and where; what comes twice or late; how long it is silent.
@Suite struct TallyTests {
  private func tally(sent count: Int) -> Tally {
    var tally = Tally()
    tally.beginWindow(with: 1, at: 0)
    // One in 10 ms of both clocks.
    for number in 1...count {
      tally.ask(number, series: 0, at: Int64(number) * 10_000)
      tally.answer(number, series: 0, at: Int64(number) * 10_000 + 500)
    }
    tally.endWindow(after: count, at: Int64(count) * 10)
    return tally
  }

  @Test func `everything in order and in time has no figures but its number`() {
    var tally = tally(sent: 100)
    for number in 1...100 { tally.receive(number, series: 0, at: Int64(number) * 10) }
    var expected = Tally.Figures()
    expected.sent = 100
    expected.silenceMilliseconds = 10
    #expect(tally.figures(gapsBefore: 0) == expected)
  }

  @Test func `what is missing inside a gap is lost, what is missing beside it counts twice over`() {
    var tally = tally(sent: 100)
    for number in 1...100 where !(40...60).contains(number) && number != 90 {
      tally.receive(number, series: 0, at: Int64(number) * 10)
    }
    tally.declare(Tally.Gap(from: 400_000, to: 600_000, isResynced: true))
    let figures = tally.figures(gapsBefore: 0)
    #expect(figures.lost == 22)
    #expect(figures.lostOutsideGap == 1)
    #expect(figures.missing == [90])
    #expect(figures.gaps == 1)
    #expect(figures.silenceMilliseconds == 220)
  }

  @Test func `a gap reaches no further than its bounds and the tolerance`() {
    for (number, isInside) in [(37, false), (38, true), (62, true), (63, false)] {
      var tally = tally(sent: 100)
      for other in 1...100 where other != number {
        tally.receive(other, series: 0, at: Int64(other) * 10)
      }
      tally.declare(Tally.Gap(from: 400_000, to: 600_000, isResynced: true))
      #expect(tally.figures(gapsBefore: 0).missing == (isInside ? [] : [number]))
    }
  }

  @Test func `an event that comes again is a duplicate, one behind its successor is reordered`() {
    var tally = tally(sent: 5)
    for number in [1, 3, 2, 3, 4, 5] { tally.receive(number, series: 0, at: 10) }
    // Numbers that nobody sent belong to no row.
    tally.receive(6, series: 0, at: 10)
    let figures = tally.figures(gapsBefore: 0)
    #expect((figures.duplicated, figures.reordered, figures.lost) == (1, 1, 0))
  }

  @Test func `silence goes on to the end when nobody comes back, and not between two windows`() {
    var tally = tally(sent: 100)
    for number in 1...50 { tally.receive(number, series: 0, at: Int64(number) * 10) }
    #expect(tally.figures(gapsBefore: 0).silenceMilliseconds == 500)
    for number in 51...100 { tally.receive(number, series: 0, at: 700) }
    #expect(tally.figures(gapsBefore: 0).silenceMilliseconds == 300)
    tally.beginWindow(with: 101, at: 60_000)
    tally.ask(101, series: 0, at: 60_000_000)
    tally.answer(101, series: 0, at: 60_000_000)
    tally.receive(101, series: 0, at: 60_010)
    tally.endWindow(after: 101, at: 60_020)
    #expect(tally.figures(gapsBefore: 0).silenceMilliseconds == 300)
  }

  @Test func `silence at the end of a window goes on until something published later arrives`() {
    var tally = tally(sent: 100)
    for number in 1...50 { tally.receive(number, series: 0, at: Int64(number) * 10) }
    tally.reopenWindow()
    tally.ask(101, series: 0, at: 8_000_000)
    tally.answer(101, series: 0, at: 8_000_000)
    tally.receive(101, series: 0, at: 8_010)
    tally.endWindow(after: 101, at: 8_020)
    #expect(tally.figures(gapsBefore: 0).silenceMilliseconds == 7_510)
  }

  @Test func `a number whose publication was not confirmed counts only if it was heard of`() {
    var tally = Tally()
    tally.ask(1, series: 0, at: 0)
    tally.ask(2, series: 0, at: 0)
    tally.receive(2, series: 0, at: 5)
    let figures = tally.figures(gapsBefore: 0)
    #expect((figures.sent, figures.lost) == (1, 0))
  }

  @Test func `a gap declared open and then closed is one gap`() {
    var tally = Tally()
    tally.declare(Tally.Gap(from: nil, to: 5, isResynced: true))
    tally.declare(Tally.Gap(from: 10, to: 20, isResynced: false))
    tally.declare(Tally.Gap(from: 10, to: 30, isResynced: true))
    #expect(tally.gaps.count == 2)
    #expect(tally.figures(gapsBefore: 1).gaps == 1)
  }
}
