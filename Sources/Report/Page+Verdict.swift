/// Whether the entries that the page was made from are what was signed: said before anything else.
extension Page {
  var verdict: Markup {
    let found = provenance.verification
    guard found.isVerified else { return refusal(found) }
    guard !found.keys.isEmpty else {
      return """
        <section class="v weak"><p><strong>Consistent, but not signed.</strong></p>
        <p>\(hashed(found)). All of it fits together. Nothing of it is signed: whoever \
        can write the store could have written all of this.</p></section>

        """
    }
    let signer =
      found.isKeyGiven
      ? "They are signed with the key that was given for this report, or one it has signed for."
      : "They are signed with the key that the audit itself names: compare its fingerprint, in"
        + " section \(PageSection.checkpoint.rawValue), with the one that you were given."
    let anchored =
      found.anchoredSize > 0
      ? " Checkpoints that were kept elsewhere fit up to entry \(found.anchoredSize)."
      : ""
    return """
      <section class="v"><p><strong>✓ Verified.</strong></p><p>\(hashed(found)). All of \
      it fits every checkpoint. \(coverage)\(signer)\(anchored)</p></section>

      """
  }

  private func refusal(_ found: Verification) -> Markup {
    let more: Markup =
      found.findingsLeftOut > 0 ? "<p>And \(found.findingsLeftOut) more.</p>" : ""
    return """
      <section class="v bad"><p><strong>✗ NOT VERIFIED. Do not rely on this report.</strong></p>
      <p>The store that it was made from is not what was written and signed:</p>
      <ul>\(found.findings.map { "<li>\(foreign: $0)</li>\n" as Markup })</ul>\(more)</section>

      """
  }

  /// Of which entries the records could be hashed.
  private func hashed(_ found: Verification) -> String {
    let size = Spoken.grouped(found.size)
    if found.prunedCount == 0 {
      return found.size == 1
        ? "The store's one entry was hashed again" : "The store's \(size) entries were hashed again"
    }
    return "Of the store's \(size) \(found.size == 1 ? "entry" : "entries")"
      + " \(Spoken.grouped(found.size - found.prunedCount)) could be hashed again; the records of"
      + " \(Spoken.grouped(found.prunedCount)) are pruned, and only their hashes are left"
  }

  /// How far what was signed reaches into the report.
  private var coverage: Markup {
    guard let last = account.lastEntry else { return "" }
    let signed = provenance.verification.signedSize
    if signed >= last {
      return account.prunedCount == 0
        ? "All that this report tells is signed. "
        : "All that is told of records that are left is signed. "
    }
    let rest =
      signed + 1 == last ? "Entry \(last) is" : "Entries \(signed + 1) to \(last) are"
    return "<b>\(rest) not signed yet.</b> "
  }
}
