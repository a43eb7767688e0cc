import Configuration
import Privacy
import Testing

@Test func `privacy and retention are read, and without them everything is kept`() throws {
  let none = try read(minimal).configuration
  #expect(none.privacy == PrivacySettings())
  #expect(none.retention == Retention())
  let all = try read(
    minimal + """
      privacy: { fields: { phoneNumbers: 30d, userData: 12h } }
      retention: { events: { age: 90d, size: 20GB }, entries: { age: 7y }, groups: drop }
      """)
  #expect(
    all.configuration.privacy.fields == [
      .phoneNumbers: .seconds(2_592_000), .userData: .seconds(43_200),
    ])
  #expect(all.configuration.privacy.unread == .userData)
  #expect(
    all.configuration.retention
      == Retention(
        eventsAge: .seconds(7_776_000), eventsSizeBytes: 20 << 30,
        entriesAge: .seconds(7 * 31_536_000), groups: .drop))
  #expect(
    all.warnings.map(\.problem) == [
      "fileNames may hold phone numbers, and stay in clear unless they are named too"
    ])
}

/// Each case: what is added to a good configuration at line 10, and the whole message about it.
@Test(arguments: [
  ("privacy: {}", "privacy.fields: missing; expected the fields that are kept as commitments"),
  ("privacy: { fields: {} }", "privacy.fields: expected at least one field, found none"),
  (
    "privacy: { fields: { phoneNumber: 30d } }",
    "privacy.fields.phoneNumber: unknown key; did you mean phoneNumbers?\n"
      + "c.yaml:10: privacy.fields: expected at least one field, found none"
  ),
  (
    "privacy: { fields: { userData: 0d } }",
    "privacy.fields.userData: expected an age from 1m to 100y, found 0d"
  ),
  (
    "privacy: { fields: { userData: 7 } }",
    "privacy.fields.userData: expected an age such as 12h, 90d or 7y, found \"7\""
  ),
  ("retention: { events: {} }", "retention.events: expected age, size or both, found neither"),
  (
    "retention: { events: { age: 30s } }",
    "retention.events.age: expected an age such as 12h, 90d or 7y, found \"30s\""
  ),
  (
    "retention: { events: { size: 1MB } }",
    "retention.events.size: expected a size such as 20GB, at least 64MB, found \"1MB\""
  ),
  (
    "retention: { events: { age: 90d }, entries: { age: 89d } }",
    "retention.entries.age: expected at least the 90 days of retention.events.age, found 89 days"
  ),
  (
    "retention: { entries: { age: 7y } }",
    "retention.entries.age: events are kept for ever, and entries may not go before their events"
  ),
  ("retention: { groups: drop }", "retention.groups: has no effect without events"),
  (
    "retention: { events: { age: 1d }, groups: lose }",
    "retention.groups: expected one of hold, drop, found \"lose\""
  ),
])
func `a mistake in privacy or retention names its line, its key and what was expected`(
  more: String, said: String
) {
  #expect(problems(minimal + more) == "c.yaml:10: " + said)
}
