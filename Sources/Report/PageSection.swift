/// The parts of the page, in their order.
enum PageSection: Int, CaseIterable {
  case summary = 1
  case notConfirmed, confirmed, latencies, calls, happenings, daemon, checkpoint, limits, signature

  var title: String {
    switch self {
    case .summary: "Summary"
    case .notConfirmed: "Not confirmed"
    case .confirmed: "Confirmed, and how we know"
    case .latencies: "How long confirmations took"
    case .calls: "Each call"
    case .happenings: "Gaps, outages and alarms"
    case .daemon: "The daemon, and other entries"
    case .checkpoint: "The checkpoint, and how to verify"
    case .limits: "What is not proved"
    case .signature: "Signature"
    }
  }

  /// The section with its heading.
  func holding(_ content: Markup) -> Markup {
    """
    <section\(isKeptTogether ? " class=\"end\"" as Markup : "")><h2 id="s\(rawValue)">\
    \(rawValue). \(title)</h2>
    \(content)</section>

    """
  }

  /// On paper it stands on one page.
  private var isKeptTogether: Bool { self == .limits || self == .signature }

  static var contents: Markup {
    let items = allCases.map { "<li><a href=\"#s\($0.rawValue)\">\($0.title)</a></li>" as Markup }
    return "<nav aria-label=\"Contents\"><ol>\(items)</ol></nav>\n"
  }
}
