/// What was published on the platform and what the daemon told of it, and what follows from both.
///
/// Pure: times come in. Instants are microseconds of the wall clock, which the daemon's gaps use as
/// well, and milliseconds of the monotonic clock where distances are measured.
package struct Tally: Sendable {
  /// Clocks are read before and after what they time, so the bounds of a gap may be off by a turn
  /// of the loop: a message sent so close to a gap counts as inside.
  package static let toleranceMicroseconds: Int64 = 20_000

  /// A numbered notification; it was published between the two times.
  private struct Publication {
    var asked: Int64
    var answered: Int64?
    var events = 0
  }

  /// A declared gap.
  package struct Gap: Sendable, Equatable {
    /// Nil when the daemon never knew.
    package let from: Int64?
    package let to: Int64
    package let isResynced: Bool

    package init(from: Int64?, to: Int64, isResynced: Bool) {
      self.from = from
      self.to = to
      self.isResynced = isResynced
    }
  }

  /// A time in which numbers were published without a pause.
  private struct Window {
    let start: Int64
    var end: Int64?
    let first: Int
    var last: Int?
    var arrivals: [Int64] = []
  }

  /// The figures of a row.
  package struct Figures: Sendable, Equatable {
    package var sent = 0
    package var lost = 0
    package var lostOutsideGap = 0
    package var duplicated = 0
    package var reordered = 0
    package var silenceMilliseconds: Int64 = 0
    package var gaps = 0
    /// The numbers that are missing outside of gaps, for whoever looks for the reason.
    package var missing: [Int] = []

    package init() {}
  }

  /// By series and number: a series is numbered on its own, and its order is its own.
  private var published: [Int: [Int: Publication]] = [:]
  private var highest: [Int: Int] = [:]
  private var received: [Int: Int] = [:]
  private var reordered = 0
  private var windows: [Window] = []
  package private(set) var gaps: [Gap] = []

  package init() {}

  /// `number` of `series` is about to be published.
  package mutating func ask(_ number: Int, series: Int, at wall: Int64) {
    published[series, default: [:]][number] = Publication(asked: wall)
  }

  /// The platform has published it.
  package mutating func answer(_ number: Int, series: Int, at wall: Int64) {
    published[series]?[number]?.answered = wall
  }

  /// An event of the daemon carries `number`.
  package mutating func receive(_ number: Int, series: Int, at milliseconds: Int64) {
    guard let events = published[series]?[number]?.events else { return }
    published[series]?[number]?.events += 1
    guard events == 0 else { return }
    received[series, default: 0] += 1
    if number < highest[series] ?? 0 { reordered += 1 }
    highest[series] = max(highest[series] ?? 0, number)
    guard series == 0 else { return }
    for index in windows.indices
    where windows[index].first <= number && number <= windows[index].last ?? .max {
      windows[index].arrivals.append(milliseconds)
    }
  }

  /// Whether an event with this number has come.
  package func hasReceived(_ number: Int, series: Int) -> Bool {
    (published[series]?[number]?.events ?? 0) > 0
  }

  /// The highest number of a series that has come.
  package func highest(series: Int) -> Int { highest[series] ?? 0 }

  /// How many numbers of a series have come.
  package func receivedCount(series: Int) -> Int {
    received[series] ?? 0
  }

  /// From now on series 0 is published without a pause, beginning with `number`.
  package mutating func beginWindow(with number: Int, at milliseconds: Int64) {
    windows.append(Window(start: milliseconds, first: number))
  }

  /// It ends, after `number`.
  package mutating func endWindow(after number: Int, at milliseconds: Int64) {
    guard let index = windows.indices.last else { return }
    windows[index].end = milliseconds
    windows[index].last = number
  }

  /// The last window goes on: what is published until the next event comes belongs to its silence.
  package mutating func reopenWindow() {
    guard let index = windows.indices.last else { return }
    windows[index].end = nil
    windows[index].last = nil
  }

  /// A gap event. One that closes a gap which was declared open before takes its place.
  package mutating func declare(_ gap: Gap) {
    if let last = gaps.last, !last.isResynced, last.from == gap.from { gaps.removeLast() }
    gaps.append(gap)
  }

  /// The figures as they stand; a gap that was declared at the start is no part of `gaps`.
  package func figures(gapsBefore: Int) -> Figures {
    var figures = Figures()
    figures.reordered = reordered
    figures.gaps = gaps.count - gapsBefore
    for numbers in published.values {
      for (number, publication) in numbers {
        // Whether an unanswered one was published only an event can tell.
        guard publication.answered != nil || publication.events > 0 else { continue }
        figures.sent += 1
        figures.duplicated += max(0, publication.events - 1)
        guard publication.events == 0 else { continue }
        figures.lost += 1
        if !isInGap(publication) { figures.missing.append(number) }
      }
    }
    figures.missing.sort()
    figures.lostOutsideGap = figures.missing.count
    figures.silenceMilliseconds = windows.map(Self.silence).max() ?? 0
    return figures
  }

  private func isInGap(_ publication: Publication) -> Bool {
    let (first, last) = (publication.asked, publication.answered ?? publication.asked)
    return gaps.contains { gap in
      (gap.from ?? 0) - Self.toleranceMicroseconds <= last
        && first <= gap.to + Self.toleranceMicroseconds
    }
  }

  private static func silence(_ window: Window) -> Int64 {
    var longest: Int64 = 0
    var since = window.start
    for arrival in window.arrivals {
      longest = max(longest, arrival - since)
      since = arrival
    }
    // Whoever never comes back is silent to the end.
    return max(longest, (window.end ?? since) - since)
  }
}
