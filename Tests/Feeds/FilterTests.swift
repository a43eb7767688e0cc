import Testing

@testable import Feeds

@Suite struct FilterTests {
  private func event(_ type: String, _ data: String = "{}") -> FeedEvent {
    let line = #"{"id":"s.1","type":"recbridge.\#(type).v1","data":\#(data)}"#
    return FeedEvent(sequence: 1, line: Array(line.utf8))
  }

  @Test func `a filter by type lets only these types through`() {
    let filter = FeedFilter(types: ["recbridge.gap.v1", "recbridge.command.v1"])
    #expect(filter.passes(event("gap")) && filter.passes(event("command")))
    #expect(!filter.passes(event("call")))
    #expect(!filter.passes(FeedEvent(sequence: 1, line: Array("not JSON".utf8))))
    #expect(FeedFilter().passes(FeedEvent(sequence: 1, line: Array("not JSON".utf8))))
  }

  @Test func `a filter by grade concerns commands, and those without a grade do not pass`() {
    let filter = FeedFilter(grades: ["unconfirmed"])
    #expect(filter.passes(event("command", #"{"grade":"unconfirmed"}"#)))
    #expect(!filter.passes(event("command", #"{"grade":"confirmed.notified"}"#)))
    #expect(!filter.passes(event("command", #"{"status":"issued"}"#)))
    #expect(filter.passes(event("gap")))
  }
}
