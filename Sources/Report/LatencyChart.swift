/// How long confirmations took, as a histogram whose steps are 1, 2 and 5 times powers of ten: most
/// take a blink, and the few that take seconds are what matters.
struct LatencyChart {
  private let latencies: Latencies
  /// Bounds of the bins, in microseconds, ascending.
  private let edges: [Int64]
  private let counts: [Int]

  private static let (top, bottom) = (74, 164)

  /// Nil if nothing was confirmed.
  init?(_ latencies: Latencies) {
    guard let low = latencies.sorted.first, let high = latencies.slowest else { return nil }
    self.latencies = latencies
    let steps = Self.steps
    let first = max(0, (steps.lastIndex { $0 <= low } ?? 0) - 1)
    let last = min(steps.count - 1, (steps.firstIndex { $0 > high } ?? steps.count - 1) + 1)
    edges = Array(steps[first...last])
    var counts = [Int](repeating: 0, count: edges.count - 1)
    for value in latencies.sorted {
      let bin = (edges.lastIndex { $0 <= value } ?? 0)
      counts[min(bin, counts.count - 1)] += 1
    }
    self.counts = counts
  }

  /// From a tenth of a millisecond to five hours; what lies beyond is in the last bin.
  private static let steps: [Int64] = {
    var steps: [Int64] = [0]
    var power: Int64 = 100
    while power < 18_000_000_000 {
      steps += [power, power * 2, power * 5]
      power *= 10
    }
    return steps
  }()

  var svg: Markup {
    """
    <svg class="h" width="100%" height="196" role="img"><title>Time from request to \
    confirmation</title><desc>\(description)</desc>\(bars)\(axis)\(ranks)</svg>

    """
  }

  private var description: String {
    let parts = counts.indices.filter { counts[$0] > 0 }.map {
      "\(counts[$0]) from \(Spoken.duration(edges[$0])) to \(Spoken.duration(edges[$0 + 1]))"
    }
    return "A histogram: \(parts.joined(separator: ", "))."
  }

  private var bars: Markup {
    let most = max(1, counts.max() ?? 1)
    let wide = 100 / Double(counts.count)
    return Markup(
      counts.indices.filter { counts[$0] > 0 }.map { bin in
        let height = max(2, counts[bin] * (Self.bottom - Self.top) / most)
        let y = Self.bottom - height
        let left = Percent.text((Double(bin) + 0.08) * wide)
        let middle = Percent.text((Double(bin) + 0.5) * wide)
        return """
          <rect class="b" x="\(left)" y="\(y)" width="\(Percent.text(wide * 0.84))" \
          height="\(height)"/><text class="n" x="\(middle)" y="\(y - 4)">\(counts[bin])</text>
          """
      })
  }

  private var axis: Markup {
    let wide = 100 / Double(counts.count)
    // Of every three steps, one is a power of ten; a phone has room for all of few bins.
    let isCrowded = counts.count > 4
    var axis: Markup = """
      <line class="a" x1="0" x2="100%" y1="\(Self.bottom)" y2="\(Self.bottom)"/>
      """
    for (index, edge) in edges.enumerated() {
      let x = Percent.text(Double(index) * wide)
      axis += """
        <line class="a" x1="\(x)" x2="\(x)" y1="\(Self.bottom)" y2="\(Self.bottom + 5)"/>
        """
      guard !isCrowded || Self.isPowerOfTen(edge) else { continue }
      let anchor = index == 0 ? " s" : index == edges.count - 1 ? " f" : ""
      axis += """
        <text class="l\(anchor)" x="\(x)" y="\(Self.bottom + 20)">\(Self.name(edge))</text>
        """
    }
    return axis
  }

  private static func name(_ step: Int64) -> String {
    step % 1_000_000 == 0 ? "\(step / 1_000_000) s" : Spoken.duration(step)
  }

  private static func isPowerOfTen(_ value: Int64) -> Bool {
    var rest = value
    while rest > 1, rest % 10 == 0 { rest /= 10 }
    return rest == 1
  }

  /// Each on a line of its own, so that they cannot touch however close they lie.
  private var ranks: Markup {
    let ranks = [("p50", 50), ("p95", 95), ("p99", 99)].compactMap { name, percent in
      latencies.percentile(percent).map { (name, $0) }
    }
    let all = ranks + (latencies.slowest.map { [("max", $0)] } ?? [])
    var (lines, names) = (Markup.nothing, Markup.nothing)
    for (row, rank) in all.enumerated() {
      let place = place(rank.1)
      let x = Percent.text(place)
      let y = 11 + row * 14
      let (shift, anchor) = place > 60 ? ("-5", " f") : ("5", " s")
      lines += "<line class=\"d\" x1=\"\(x)\" x2=\"\(x)\" y1=\"\(y - 9)\" y2=\"\(Self.bottom)\"/>"
      names += """
        <text class="l\(anchor)" x="\(x)" dx="\(shift)" y="\(y)">\
        \(rank.0) \(Spoken.duration(rank.1))</text>
        """
    }
    return Markup([lines, names])
  }

  /// In percent of the width; within a bin as the value lies between its bounds.
  private func place(_ value: Int64) -> Double {
    let bin = min(edges.lastIndex { $0 <= value } ?? 0, counts.count - 1)
    let part = Double(value - edges[bin]) / Double(edges[bin + 1] - edges[bin])
    return (Double(bin) + max(0, min(1, part))) / Double(counts.count) * 100
  }
}
