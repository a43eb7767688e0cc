import Configuration
import Testing

private let anchored = minimal + "audit: { anchors: ["

@Test func `anchors are read with their defaults`() throws {
  try withFile("key") { file in
    let read = try read(
      minimal + """
        audit:
          key: { file: \(file) }
          anchors:
            - { name: a, file: /srv/hq }
            - { name: b, command: [/bin/sh, -c, "cat > /x"] }
            - { name: c, timestamp: { url: "http://t.example/x", ca: \(file), policy: "1.2.3" } }
            - { name: d, timestamp: { url: "https://t.example/x", ca: \(file), every: 1h } }
        """)
    #expect(
      read.configuration.audit.anchors == [
        Anchor(name: "a", destination: .file("/srv/hq")),
        Anchor(name: "b", destination: .command(["/bin/sh", "-c", "cat > /x"])),
        Anchor(
          name: "c",
          destination: .timestamp(
            TimestampAuthority(
              url: "http://t.example/x", certificateAuthority: file, policy: "1.2.3",
              every: .seconds(600)))),
        Anchor(
          name: "d",
          destination: .timestamp(
            TimestampAuthority(
              url: "https://t.example/x", certificateAuthority: file, every: .seconds(3_600)))),
      ])
    #expect(read.warnings.isEmpty)
  }
}

/// Each case: one anchor, and the whole message about it.
@Test(arguments: [
  ("{ file: /a }", "[0].name: missing; expected a name for the anchor, such as vault"),
  ("{ name: a }", "[0]: expected one of file, command and timestamp, found none"),
  (
    "{ name: a, file: /a, command: [/bin/sh] }",
    "[0]: expected one of file, command and timestamp, found several"
  ),
  (
    "{ name: a, command: cat }",
    "[0].command: expected a list of the program's absolute path and its arguments, found a text"
  ),
  (
    "{ name: a, command: [cat] }",
    "[0].command[0]: expected the absolute path of the program, found \"cat\""
  ),
  (
    "{ name: a, command: [/nowhere] }",
    "[0].command[0]: /nowhere is nothing that can be run"
  ),
  (
    "{ name: a, command: [/bin/sh, 7] }",
    "[0].command[1]: expected an argument in quotes, found a number; put it in quotes"
  ),
  (
    "{ name: a, timestamp: { url: \"http://t/\" } }",
    "[0].timestamp.ca: missing; expected the absolute path of the authority's certificates"
  ),
  (
    "{ name: a, timestamp: { url: \"t/\", ca: /etc/hostname } }",
    "[0].timestamp.url: expected a URL, such as http://tsa.example/tsr: it does not begin with"
      + " https://"
  ),
  (
    "{ name: a, timestamp: { url: \"http://t/\", ca: /etc/hostname, every: 1ms } }",
    "[0].timestamp.every: expected a duration from 1s to 24h, found 1ms"
  ),
  (
    "{ name: a, timestamp: { url: \"http://t/\", ca: /etc/hostname, policy: \"1.40\" } }",
    "[0].timestamp.policy: expected an object identifier in quotes, such as"
      + " \"1.3.6.1.4.1.13762.3\", found \"1.40\""
  ),
  ("{ name: a, fiel: /a }", "[0].fiel: unknown key; did you mean file?"),
])
func `a mistake in an anchor names its line, its key and what was expected`(
  anchor: String, said: String
) {
  let first = problems(anchored + anchor + "] }").split(separator: "\n").first.map(String.init)
  #expect(first == "c.yaml:10: audit.anchors" + said)
}

@Test func `anchors without a key, of one name, or of one file are refused`() {
  #expect(
    problems(anchored + "{ name: a, file: /a }, { name: a, file: /a }] }")
      == "c.yaml:10: audit.anchors[1].name: there is another anchor a\n"
      + "c.yaml:10: audit.anchors[1].file: another anchor writes to this file\n"
      + "c.yaml:10: audit.anchors: expected a key beside it: nothing is signed without one")
}
