/// The report as one page of XHTML that is HTML as well: no script, no resource from outside.
package struct Page: Sendable {
  let account: Account
  let provenance: Provenance

  package init(_ account: Account, from provenance: Provenance) {
    self.account = account
    self.provenance = provenance
  }

  /// The bytes of the file.
  package var bytes: [UInt8] { Array(markup.html.utf8) }

  private var markup: Markup {
    """
    <!DOCTYPE html>
    <html lang="en" xmlns="http://www.w3.org/1999/xhtml"><head><meta charset="utf-8"/>
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src \
    'sha256-\(Style.hash)'; base-uri 'none'; form-action 'none'"/>
    <meta name="viewport" content="width=device-width, initial-scale=1"/>
    <meta name="referrer" content="no-referrer"/><meta name="robots" content="noindex"/>
    <title>Recording audit, \(site), \(period)</title><style>\(Style.sheet)</style></head><body>
    \(TimelineDrawing.shared)\(header)<main>
    \(PageSection.allCases.map { $0.holding(content(of: $0)) })</main></body></html>

    """
  }

  private func content(of section: PageSection) -> Markup {
    switch section {
    case .summary: "\(lackHere)\(summary)"
    case .notConfirmed: "\(lackHere)\(notConfirmed)"
    case .confirmed: "\(lackHere)\(confirmed)"
    case .latencies: "\(lackHere)\(latencies)"
    case .calls: "\(lackHere)\(calls)"
    case .happenings: "\(lackHere)\(happenings)"
    case .daemon: daemon
    case .checkpoint: checkpoint
    case .limits: limits
    case .signature: signature
    }
  }

  // MARK: - The head

  var site: String { account.site?.shown ?? "site not told" }

  /// What the report is about, in words.
  private var period: String {
    switch (account.scope.from, account.scope.to) {
    case (let from?, let to?): "\(Spoken.bound(from)) to \(Spoken.bound(to))"
    case (let from?, nil): "From \(Spoken.bound(from)) on"
    case (nil, let to?): "Up to \(Spoken.bound(to))"
    case (nil, nil): "Everything in the store"
    }
  }

  private var header: Markup {
    let call: Markup = account.scope.call.map { ", call \(foreign: $0)" } ?? ""
    return """
      <header><p class="k0">recbridge audit report</p>
      <h1>Recording control, \(foreign: site)</h1>
      <p class="per">\(period)\(call)</p>
      \(first)<dl><dt>Made</dt><dd>\(Spoken.moment(provenance.madeAt)) UTC by \
      \(provenance.program)</dd>
      <dt>Store</dt><dd>\(foreign: provenance.storePath), identity \
      <code>\(provenance.storeIdentity)</code></dd>
      <dt>Entries</dt><dd>\(entries)\(pruned)\(missing)</dd>
      <dt>Times</dt><dd>UTC. An entry of the very instant at which the period begins belongs to \
      it, one of the instant at which it ends to the next. Times are when this bridge saw \
      something: the platform tells none.\(clocks)</dd></dl>
      </header>
      \(PageSection.contents)
      """
  }

  /// What has to be known before anything else is read.
  private var first: [Markup] {
    provenance.verification.isVerified
      ? [presence, lack, verdict] : [verdict, lack, presence]
  }

  private var entries: String {
    guard let first = account.firstEntry, let last = account.lastEntry,
      let times = account.times
    else { return "none" }
    return "\(Spoken.grouped(account.entryCount)), from number \(first)"
      + " (\(Spoken.moment(times.lowerBound))) to \(last) (\(Spoken.moment(times.upperBound)))"
  }

  private var pruned: String { account.lack.map { "; \($0)" } ?? "" }

  private var missing: Markup {
    guard !account.missing.isEmpty else { return "" }
    let ranges = account.missing.map {
      $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound) to \($0.upperBound)"
    }
    return """
      ; <span class="bad2">not in the store: \(ranges.joined(separator: ", "))</span>, pruned or \
      removed: the verification says which
      """
  }

  private var clocks: Markup {
    guard account.unsynchronisedCount > 0 else { return "" }
    let count = account.unsynchronisedCount
    let which =
      count == account.entryCount
      ? "the entries were"
      : "\(Spoken.grouped(count)) of the entries \(count == 1 ? "was" : "were")"
    return """
       <b>Nothing kept the machine's clock in step</b> when \(which) made; durations are by \
      another clock and hold.
      """
  }
}
