import Commands
import JSON
import Report
import TestSupport
import Testing

/// The report of a full day, made of the entries that the bridge writes.
///
/// `RECBRIDGE_KEEP_REPORT=FILE` keeps the page, for a look at it in a browser.
@Suite struct ReportDayTests {
  @Test func `a day of 500 calls is a page below 2 MB that names each of 20 exceptions in order`()
    throws
  {
    // Every start is a gap; two lost sessions make three.
    let day = try ReportDay(calls: 500, unconfirmed: 20, gaps: 2, seed: 7)
    var builder = AccountBuilder(Scope())
    for entry in day.entries { builder.take(entry) }
    let account = builder.finished()
    #expect(account.calls.count == 500)
    #expect(account.happenings(.gap).count == 3)
    let unseen = day.scene.commands.filter { $0.grade == .unconfirmed }.map(\.id)
    #expect(unseen.count == 20)
    #expect(account.notConfirmed.map(\.id) == unseen)

    let page = Page(account, from: .forTests).bytes
    #expect(page.count < 2_000_000, "\(page.count) bytes")
    let text = String(decoding: page, as: UTF8.self)
    let places = unseen.map { text.firstRange(of: "command <code>\($0)</code>")?.lowerBound }
    #expect(places.allSatisfy { $0 != nil })
    let found = places.compactMap { $0 }
    #expect(zip(found, found.dropFirst()).allSatisfy { $0 < $1 })
    if let file = environmentVariable("RECBRIDGE_KEEP_REPORT") { try writeText(text, to: file) }
  }
}

extension Provenance {
  fileprivate static var forTests: Provenance {
    var found = Verification()
    found.size = 9_999
    found.signedSize = 9_999
    return Provenance(
      program: "recbridge 0.1.0", madeAt: .seconds(1_800_090_000),
      storePath: "/var/lib/recbridge/store.db",
      storeIdentity: "0123456789abcdef0123456789abcdef", verification: found)
  }
}
