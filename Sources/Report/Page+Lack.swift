/// What retention has taken from the period: nothing on the page may sound as if it were there.
extension Page {
  /// Beside the verdict; empty if every entry of the period has its record.
  var lack: Markup {
    guard let lack = account.lack else { return "" }
    let told =
      account.scope.call == nil
      ? "Whatever they told, of Stops and Pauses, of calls, gaps or alarms, is not in this report"
      : "Whatever they told is not in this report, and whether it was about this call nobody knows"
    return """
      <section class="v weak"><p><strong>\(lack).</strong></p>
      <p>\(taker). \(told): "none" on this page means none among the records that are left. When \
      each was entered, and so when a daemon was there, and of what type it was, is said by \
      columns that nothing signed.</p></section>

      """
  }

  /// Retention takes no record without a signed word; what else is gone, the verification says.
  private var taker: String {
    provenance.verification.isVerified
      ? "Retention took the bytes, and only their hashes are left"
      : "Their bytes are gone: whether retention took them, the verification says"
  }

  /// At the beginning of a section that tells of what the entries say.
  var lackHere: Markup {
    account.lack.map { "<p><b>\($0): what they told is not in this section.</b></p>\n" } ?? ""
  }

  /// The beginning of a sentence about what no entry tells.
  var none: String {
    account.prunedCount == 0 ? "No entry of the period" : "Among the records that are left none"
  }
}
