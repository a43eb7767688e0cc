/// How long a recording was not, or may not have been, as it had been asked to be.
extension Page {
  /// Of several: the sum, and how many go on.
  static func sum(_ exposures: [Exposure]) -> String {
    let all = exposures.reduce(Duration.zero) { $0 + $1.length }
    let still = exposures.count(where: \.isStill)
    let end =
      switch still {
      case 0: "each has an end in these entries"
      case 1: "of one no entry shows the end"
      default: "of \(Spoken.grouped(still)) no entry shows the end"
      }
    return "In all: \(Spoken.duration(all))\(still > 0 ? " at least" : ""); \(end)."
  }

  func exposure(_ command: RecordedCommand) -> Markup {
    guard let exposure = account.exposure(of: command) else {
      return "not known: this version does not know what was asked for"
    }
    let (from, to) = (Spoken.moment(exposure.from), clock(exposure.to, exposure))
    let length = Spoken.duration(exposure.length)
    let parts = Markup(["; \(seen(exposure))", "; \(unknown(exposure))"])
    switch exposure.end {
    case nil:
      return """
        <b>\(length) at least, and no entry shows its end</b>: from \(from) to \(to) or \
        later\(parts)
        """
    case .seen(let state):
      return """
        <b>\(length)</b>: from \(from) to \(to), when the recording was seen \
        \(foreign: state.shown)\(parts)
        """
    case .callEnded:
      return "<b>\(length)</b>: from \(from) to \(to), when the call ended\(parts)"
    case .askedOtherwise(let operation):
      return "<b>\(length)</b>: from \(from) to \(to), when a \(operation) was asked for\(parts)"
    }
  }

  /// What sights tell of it.
  private func seen(_ exposure: Exposure) -> Markup {
    guard let last = exposure.lastSeen else { return "it was not seen before that" }
    let time = clock(last.time, exposure)
    guard exposure.seen > .zero else { return "seen \(foreign: last.state.shown) at \(time)" }
    return """
      seen \(foreign: last.state.shown) for \(Spoken.duration(exposure.seen)) of it, last at \(time)
      """
  }

  private func unknown(_ exposure: Exposure) -> Markup {
    guard !exposure.unknown.isEmpty else { return "nothing of it is unknown" }
    let length = Spoken.duration(exposure.unknownLength)
    return exposure.unknown.last?.to == nil
      ? "unknown for \(length) of it and from then on" : "unknown for \(length) of it"
  }

  private func clock(_ time: Duration, _ exposure: Exposure) -> String {
    Spoken.clock(time, besides: exposure.from)
  }
}
