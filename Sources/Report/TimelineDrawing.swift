import Commands

/// A call's timeline as SVG.
///
/// Times are percentages of the width, everything else is pixels: the drawing becomes narrower on a
/// phone and its letters do not become smaller. Patterns and marks are drawn once, in `shared`.
struct TimelineDrawing {
  private let timeline: Timeline
  private let call: RecordedCall
  private let commands: [RecordedCommand]

  /// A word fits into a band that is wider.
  private static let wordWidthPercent = 22.0

  init(_ call: RecordedCall, in account: Account) {
    self.call = call
    timeline = Timeline(of: call, in: account)
    commands = call.commands.map { account.commands[$0] }
  }

  /// What all drawings of the page refer to.
  static let shared: Markup = """
    <svg class="defs" width="0" height="0" aria-hidden="true" focusable="false"><defs>
    <pattern id="pp" width="6" height="6" patternUnits="userSpaceOnUse"><path class="pb" \
    d="M0 0h6v6H0z"/><path class="pl" d="M1.5 0v6M4 0v6"/></pattern>
    <pattern id="pu" width="6" height="6" patternUnits="userSpaceOnUse"><path class="ub" \
    d="M0 0h6v6H0z"/><circle class="ud" cx="1.5" cy="1.5" r="1.1"/><circle class="ud" cx="4.5" \
    cy="4.5" r="1.1"/></pattern>
    <pattern id="pg" width="7" height="7" patternUnits="userSpaceOnUse" \
    patternTransform="rotate(45)"><path class="gb" d="M0 0h7v7H0z"/><path class="gl" \
    d="M2 0v7"/></pattern>
    <pattern id="po" width="8" height="8" patternUnits="userSpaceOnUse" \
    patternTransform="rotate(45)"><path class="gb" d="M0 0h8v8H0z"/><path class="gl" \
    d="M2 0v8M0 2h8"/></pattern>
    <g id="ma"><path class="ma" d="M-4.5-8h9L0 0z"/></g>
    <g id="mc"><circle class="mc" r="4.5"/></g>
    <g id="mv"><circle class="mv" r="4"/></g>
    <g id="mr"><path class="mr" d="M-5 0H5"/></g>
    <g id="mo"><path class="mv" d="M-4-4h8v8h-8z"/></g>
    <g id="mn"><path class="mnb" d="M-5-5 5 5M-5 5 5-5"/><path class="mn" \
    d="M-5-5 5 5M-5 5 5-5"/></g>
    </defs></svg>

    """

  var svg: Markup {
    """
    <svg class="t" width="100%" height="82" role="img"><title>Recording of call \
    \(call.call.shown)</title><desc>\(description)</desc>\(lane)\(pending)\(marks)\(axis)</svg>

    """
  }

  private var description: String {
    let bands = timeline.bands.map { "\($0.meaning.name) from \(Spoken.clock($0.from))" }
    let covers = timeline.covers.map {
      "\($0.meaning.name) from \(Spoken.clock($0.from)) to \(Spoken.clock($0.to))"
    }
    return (bands + covers).joined(separator: "; ") + ". The commands are listed below."
  }

  // MARK: - The lane

  private var lane: Markup {
    var lane = Markup.nothing
    for band in timeline.bands { lane += rectangle(band, y: 24, height: 16) }
    for band in timeline.bands where width(band) > Self.wordWidthPercent {
      guard case .state(let state) = band.meaning, state == .text("Recording") else { continue }
      lane +=
        "<text class=\"w\" x=\"\(at((band.from + band.to) / 2))\" y=\"36\">\("recording")</text>"
    }
    for band in timeline.covers { lane += rectangle(band, y: 22, height: 20) }
    if let ended = timeline.endedAt {
      lane += "<line class=\"e\" x1=\"\(at(ended))\" x2=\"\(at(ended))\" y1=\"20\" y2=\"44\"/>"
    }
    return lane
  }

  private func rectangle(_ band: Timeline.Band, y: Int, height: Int) -> Markup {
    let wide = percent(width(band))
    return """
      <rect class="\(band.meaning.style)" x="\(at(band.from))" y="\(y)" width="\(wide)" \
      height="\(height)"/>
      """
  }

  // MARK: - Commands and their witnesses

  /// From the question to the answer, where that can be seen.
  private var pending: Markup {
    Markup(
      commands.compactMap { command in
        guard let ended = command.finalAt, place(ended) - place(command.issuedAt) > 1.5 else {
          return nil
        }
        return """
          <line class="q" x1="\(at(command.issuedAt))" x2="\(at(ended))" y1="50" y2="50"/>
          """
      })
  }

  private var marks: Markup {
    var drawn = Markup.nothing
    // What needs a look lies on top.
    let order =
      commands.filter { $0.standing != .notConfirmed }
      + commands.filter {
        $0.standing == .notConfirmed
      }
    for command in order {
      drawn += use("ma", command.issuedAt, y: 21)
      if let ended = command.finalAt { drawn += use(command.standing.mark, ended, y: 50) }
    }
    let asked = commands.map { place($0.issuedAt) }
    drawn += numbers(asked.enumerated().map { ($0.offset + 1, $0.element) }, y: 10)
    let ended = commands.enumerated().compactMap { index, command in
      command.finalAt.map { (index + 1, place($0)) }
    }
    return Markup("\(drawn)\(numbers(ended.sorted { $0.1 < $1.1 }, y: 67))")
  }

  private func use(_ mark: String, _ time: Duration, y: Int) -> Markup {
    "<use href=\"#\(mark)\" x=\"\(at(time))\" y=\"\(y)\"/>"
  }

  /// Numbers that would touch become one text: `3–7`.
  private func numbers(_ places: [(number: Int, place: Double)], y: Int) -> Markup {
    var labels = places.map { Label(numbers: [$0.number], from: $0.place, to: $0.place) }
    // What has become wider may touch the next one, to either side.
    while let index = labels.indices.dropFirst().first(where: { labels[$0 - 1].touches(labels[$0]) }
    ) {
      labels[index - 1].take(labels.remove(at: index))
    }
    return Markup(
      labels.map { label in
        "<text class=\"n\" x=\"\(percent(label.middle))\" y=\"\(y)\">\(label.text)</text>"
      })
  }

  /// The numbers of commands that stand at one place, in percent of the width.
  private struct Label {
    var numbers: [Int]
    var from: Double
    var to: Double

    /// Of a character, on a phone of 360 pixels.
    private static let characterPercent = 2.2
    private static let gapPercent = 1.5

    var middle: Double { (from + to) / 2 }

    var text: String {
      let sorted = numbers.sorted()
      guard let low = sorted.first, let high = sorted.last, high > low else {
        return numbers.first.map { String($0) } ?? ""
      }
      if sorted.count == 2 { return "\(low), \(high)" }
      return high - low == sorted.count - 1 ? "\(low)–\(high)" : "\(low)…\(high)"
    }

    private var width: Double { Double(text.count) * Self.characterPercent }

    func touches(_ next: Label) -> Bool {
      next.middle - middle < (width + next.width) / 2 + Self.gapPercent
    }

    mutating func take(_ next: Label) {
      numbers += next.numbers
      to = next.to
    }
  }

  // MARK: - Time

  private var axis: Markup {
    let ticks = TimeAxis(from: timeline.start, to: timeline.end).ticks
    return Markup(
      ticks.map { tick in
        let x = at(tick.time)
        let place = place(tick.time)
        let anchor = place < 9 ? " s" : place > 91 ? " f" : ""
        return """
          <line class="k" x1="\(x)" x2="\(x)" y1="41" y2="46"/>\
          <text class="l\(anchor)" x="\(x)" y="80">\(tick.text)</text>
          """
      })
  }

  /// In percent of the width.
  private func place(_ time: Duration) -> Double {
    min(100, max(0, (time - timeline.start) / (timeline.end - timeline.start) * 100))
  }

  private func width(_ band: Timeline.Band) -> Double { place(band.to) - place(band.from) }

  private func at(_ time: Duration) -> String { percent(place(time)) }

  private func percent(_ value: Double) -> String { Percent.text(value) }
}

/// A place or a width in a drawing.
enum Percent {
  /// To a hundredth, which is less than a pixel of any screen.
  static func text(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    let rest = hundredths % 100
    if rest == 0 { return "\(hundredths / 100)%" }
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)%"
  }
}

extension Timeline.Meaning {
  var name: String {
    switch self {
    case .state(let state): state.shown
    case .untold: "not told"
    case .unknown: "unknown"
    case .gap: "gap"
    case .outage: "outage"
    }
  }

  fileprivate var style: String {
    switch self {
    case .state(.text("Recording")): "r"
    case .state(.text("Paused")): "p"
    case .state(.text("Stopped")): "o"
    case .state, .untold: "x"
    case .unknown: "u"
    case .gap: "g"
    case .outage: "og"
    }
  }
}

extension Standing {
  fileprivate var mark: String {
    switch self {
    case .confirmed: "mc"
    case .over: "mv"
    case .replaced: "mr"
    case .notConfirmed: "mn"
    case .open: "mo"
    }
  }
}
