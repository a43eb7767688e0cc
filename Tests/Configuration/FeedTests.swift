import Configuration
import Testing

@Test func `feeds are read with their defaults`() throws {
  let read = try read(
    minimal + """
      feeds:
        - { name: a, file: { path: /var/log/a.jsonl, size: 100MB, every: 24h } }
        - { name: b, types: [command, gap], grades: [unconfirmed], syslog: { unix: /dev/log } }
        - { name: c, syslog: { tls: "[::1]:6514", facility: local3, enterprise: 7, maxBytes: 4096 } }
        - { name: d, webhook: { url: https://log.example/e, headers: { X-Key: k } } }
      """)
  let tls = FeedAddress(host: "::1", port: 6514)
  #expect(
    read.configuration.feeds == [
      Feed(
        name: "a",
        destination: .file(
          FileFeed(path: "/var/log/a.jsonl", sizeMaxBytes: 100 << 20, every: .seconds(86_400)))),
      Feed(
        name: "b", destination: .syslog(SyslogFeed(way: .unix("/dev/log"))),
        types: [.command, .gap], grades: [.unconfirmed]),
      Feed(
        name: "c",
        destination: .syslog(
          SyslogFeed(way: .tls(tls), facility: .local3, enterprise: 7, sizeMaxBytes: 4_096))),
      Feed(
        name: "d",
        destination: .webhook(
          WebhookFeed(
            url: "https://log.example/e", headers: [Header(name: "X-Key", value: Secret("k"))]))),
    ])
  #expect(read.configuration.feeds.map(\.group) == ["feed:a", "feed:b", "feed:c", "feed:d"])
}

/// Each case: one feed, and the whole message about it.
@Test(arguments: [
  ("{ file: { path: /a } }", "[0].name: missing; expected a name for the feed, such as siem"),
  ("{ name: a }", "[0]: expected one of file, syslog and webhook, found none"),
  (
    "{ name: a, file: { path: /a }, webhook: { url: https://x } }",
    "[0]: expected one of file, syslog and webhook, found several"
  ),
  ("{ name: a, fiel: 1, file: { path: /a } }", "[0].fiel: unknown key; did you mean file?"),
  (
    "{ name: a, file: { path: a } }",
    "[0].file.path: expected the absolute path of the file, found \"a\""
  ),
  (
    "{ name: a, file: { path: /a, size: 1KB } }",
    "[0].file.size: expected a size such as 100MB, from 64KB to 1024GB, found \"1KB\""
  ),
  (
    "{ name: a, file: { path: /a, every: 1s } }",
    "[0].file.every: expected a duration from 1m to 8784h, found 1s"
  ),
  ("{ name: a, syslog: {} }", "[0].syslog: expected one of unix, tcp and tls, found none"),
  (
    "{ name: a, syslog: { tls: siem.example } }",
    "[0].syslog.tls: expected a host and a port, such as siem.example:6514, found \"siem.example\""
  ),
  (
    "{ name: a, syslog: { unix: /dev/log, ca: /x } }",
    "[0].syslog.ca: cannot read /x: No such file or directory\n"
      + "c.yaml:10: feeds[0].syslog.ca: has no effect without tls"
  ),
  (
    "{ name: a, syslog: { unix: /dev/log, maxBytes: 480 } }",
    "[0].syslog.maxBytes: expected a whole number from 2048 to 1048576, found \"480\""
  ),
  (
    "{ name: a, types: [cal], file: { path: /a } }",
    "[0].types[0]: expected one of acknowledgement, call, checkpoint, command, daemon,"
      + " disagreement, erasure, gap, group, heartbeat, look, notification, outage, quarantine,"
      + " recording, restarted, retention, session, timestamp, found \"cal\"; did you mean call?"
  ),
  (
    "{ name: a, webhook: { url: ftp://x } }",
    "[0].webhook.url: expected an https URL, such as https://log.example/events:"
      + " the scheme is neither http nor https"
  ),
  (
    "{ name: a, file: { path: /a } }, { name: a, file: { path: /a } }",
    "[1].name: there is another feed a\n"
      + "c.yaml:10: feeds[1].file.path: another feed writes to this file"
  ),
])
func `a mistake in a feed names its line, its key and what was expected`(
  feed: String, said: String
) {
  #expect(problems(minimal + "feeds: [\(feed)]") == "c.yaml:10: feeds" + said)
}

@Test func `a feed that goes in the clear is warned about`() throws {
  let feeds =
    "feeds: [{ name: a, syslog: { tcp: \"h:1\" } }, { name: b, webhook: { url: http://h/ } }]"
  #expect(
    try read(minimal + feeds).warnings.map(\.description).map { $0.dropFirst("c.yaml:10: ".count) }
      == [
        "feeds[0].syslog.tcp: syslog over tcp goes in the clear, without proof who receives it",
        "feeds[1].webhook.url: http sends events in the clear; use https",
      ])
}
