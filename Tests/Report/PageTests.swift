import Commands
import Crypto
import Evidence
import JSON
import TestSupport
import Testing

@testable import Report

/// The page: well-formed, without anything from outside, and the same whatever texts stand in it.
///
/// Mutations tried, each found: format characters let through; findings left out where nothing is
/// signed; entries of unknown kinds dropped.
///
/// `RECBRIDGE_KEEP_PAGES=FOLDER` keeps the pages, for a look at them in a browser.
@Suite struct PageTests {
  /// Everything that a page uses. What is not here came in through a text.
  private static let elements: Set<String> = [
    "a", "article", "b", "bdi", "body", "br", "caption", "circle", "code", "dd", "defs", "desc",
    "div", "dl", "dt", "figcaption", "figure", "g", "h1", "h2", "h3", "head", "header", "html",
    "li", "line", "main", "meta", "nav", "ol", "p", "path", "pattern", "pre", "rect", "section",
    "small", "span", "strong", "style", "svg", "table", "tbody", "td", "text", "th", "thead",
    "title", "tr", "ul", "use",
  ]
  private static let attributes: Set<String> = [
    "aria-hidden", "aria-label", "charset", "class", "content", "cx", "cy", "d", "dx", "focusable",
    "height", "href", "http-equiv", "id", "lang", "name", "patternTransform", "patternUnits", "r",
    "role", "scope", "width", "x", "x1", "x2", "y", "y1", "y2",
  ]

  private func check(_ page: String) throws -> ReadPage {
    let read = try ReadPage(page)
    #expect(read.elements.subtracting(Self.elements) == [])
    #expect(read.attributes.subtracting(Self.attributes) == [])
    #expect(read.links.filter { !$0.hasPrefix("#") } == [])
    #expect(read.faults == [])
    return read
  }

  private func keep(_ page: String, _ name: String) throws {
    guard let folder = environmentVariable("RECBRIDGE_KEEP_PAGES") else { return }
    try writeText(page, to: "\(folder)/\(name).html")
  }

  @Test func `an empty period is a whole page that says so`() throws {
    let page = Records().page(Scope(from: Records.time(0), to: Records.time(86_400)))
    let read = try check(page)
    #expect(read.text.contains("2026-11-25 10:00 UTC to 2026-11-26 10:00 UTC"))
    #expect(read.text.contains("No entry of the period is about a call"))
    #expect(read.text.contains("Nothing was signed."))
    // Besides its sections: that no daemon ran, and the verdict.
    #expect(read.counts["section"] == PageSection.allCases.count + 2)
    try keep(page, "empty")
  }

  @Test func `texts with markup, controls and bidi overrides do no harm`() throws {
    let hostile = [
      #"</title></style><script>alert(1)</script>"#, #""><img src=x onerror=alert(1)>"#,
      "' onload='x", "<!--", "]]>", "&amp;&lt;&#0;", "\u{202E}txt.exe\u{2066}", "a\u{0}b\u{1B}[2J",
      "\u{FFFE}\u{FEFF}", "javascript:alert(1)", "{{7*7}}", "\u{05D0}\u{05D1}",
    ].joined()
    let text = String(decoding: JSONWriter.write { $0.value(hostile) }, as: UTF8.self)
    var records = Records()
    records.add("daemon", at: 0, #""action":"started","site":\#(text),"version":\#(text)"#)
    records.add(
      "recording", at: 1,
      #""agent":\#(text),"call":\#(text),"to":\#(text),"from":\#(text),"recordingFile":\#(text)"#)
    records.add(
      "command", at: 2,
      #""command":\#(text),"agent":\#(text),"call":\#(text),"operation":\#(text),"#
        + #""status":"final","grade":\#(text),"evidence":{"kind":\#(text),"state":\#(text),"#
        + #""message":\#(text),"recordingFile":\#(text),"witnesses":{"recordingState":\#(text)}},"#
        + #""supersededBy":{"command":\#(text),"operation":\#(text)},"previously":\#(text),"#
        + #""issuedAt":"\#(Records.text(2))","origin":{"name":\#(text)}"#)
    records.add(
      "acknowledgement", at: 3, #""command":\#(text),"by":{"name":\#(text)},"why":\#(text)"#)
    for type in ["gap", "outage", "restarted", "disagreement", "quarantine", "look", "new"] {
      records.add(
        type, at: 4,
        #""agent":\#(text),"call":\#(text),"reason":\#(text),"cause":\#(text),"route":\#(text),"#
          + #""recordingState":\#(text),"to":\#(text),"witnesses":{"gsipRecord":\#(text)}"#)
    }
    var found = Verification()
    found.findings = [hostile]
    found.remarks = [hostile]
    let read = try check(records.page(Scope(call: hostile), found))
    #expect(read.text.contains("<script>alert(1)</script>"))
    #expect(read.text.contains(#"\u{202e}txt.exe\u{2066}a\u{0}b\u{1b}[2J"#))
    let unseen = read.text.unicodeScalars.filter {
      $0.properties.generalCategory == .format
        || $0.properties.generalCategory == .control && $0 != "\n"
    }
    #expect(unseen.isEmpty, "\(unseen)")
  }

  @Test func `what this version does not know is shown, and so are commitments and pruned entries`()
    throws
  {
    var records = Records()
    records.recording(at: 0, "Stopped", "Recording")
    records.add("tomorrow", at: 1, #""call":"5f2c","agent":"alice","thing":"a new thing""#)
    records.add(
      "command", at: 2,
      Records.move(
        .init(evidence: #""kind":"omen","recordingFile":{"commitment":"abcd"}"#), "final", asked: 2)
    )
    for second in [2.5, 3] {
      records.add(type: "recbridge.recording.v1", at: Records.time(second), [])
    }
    records.add(type: "recbridge.recording.v1", at: Records.time(4), Array("{".utf8))
    let page = records.page()
    let read = try check(page)
    #expect(read.text.contains("recbridge.tomorrow.v1"))
    #expect(read.text.contains("a new thing"))
    #expect(read.text.contains("kept as a commitment (abcd…)"))
    #expect(
      read.text.contains(
        "retention has taken the bytes; their places in the tree stay (entries 4 to 5)"))
    #expect(read.text.contains("its record is no JSON object"))
    #expect(read.text.contains("omen"))
  }

  @Test func `what is not verified is said before anything else`() throws {
    var found = Verification()
    found.findings = ["entry 7: its record is not the one that was written"]
    found.findingsLeftOut = 3
    let read = try check(Records().page(Scope(), found))
    let verdict = try #require(read.text.firstRange(of: "NOT VERIFIED"))
    let summary = try #require(read.text.firstRange(of: "1. Summary"))
    #expect(verdict.upperBound < summary.lowerBound)
    #expect(read.text.contains("entry 7: its record is not the one that was written"))
    #expect(read.text.contains("And 3 more."))
  }

  @Test func `how far the newest checkpoint reaches is said, with key and fingerprint`() throws {
    var records = Records()
    records.command(at: 0)
    var found = Verification()
    let key = Verification.Key(name: "k", text: "k+00000000+AAAA", fingerprint: "f00f")
    found.size = 3
    found.signedSize = 2
    found.keys = [key]
    found.checkpoint = .init(
      size: 2, root: "cm9vdA==", signedAt: Records.time(0.07), note: "k\n2\ncm9vdA==\n\n— k sig\n",
      key: key)
    let partly = try check(records.page(Scope(), found))
    #expect(partly.text.contains("Entry 3 is not signed yet."))
    #expect(partly.text.contains("2 entries; not yet entry 3"))
    for text in ["f00f", "k+00000000+AAAA", "k\n2\ncm9vdA==\n\n— k sig\n"] {
      #expect(partly.text.contains(text), "\(text)")
    }
    found.signedSize = 3
    let whole = try check(records.page(Scope(), found))
    #expect(whole.text.contains("All that this report tells is signed."))
  }

  @Test func `the policy lets in the style sheet that is there, and nothing else`() {
    let hash = Base64.text(SHA256.hash(Array(Style.sheet.html.utf8)))
    #expect(Style.hash == hash, "the style sheet has changed: put this hash into Style.swift")
    let page = Records().page()
    #expect(page.contains("<style>\(Style.sheet.html)</style>"))
    #expect(page.contains("default-src 'none'; style-src 'sha256-\(hash)'; base-uri 'none'"))
  }

  @Test func `a day with everything in it is well-formed and tells each thing`() throws {
    let records = Records.troubled
    var found = Verification()
    let key = Verification.Key(
      name: "audit.example/hq", text: "audit.example/hq+1fb10a2b+AZPdXmx+nZ0sVY5ElH7rfFbGmw",
      fingerprint: String(repeating: "b302ac78", count: 8))
    found.size = Int64(records.entries.count)
    found.signedSize = found.size
    found.keys = [key]
    found.isKeyGiven = true
    found.checkpoint = .init(
      size: found.size, root: "WBEK/Asd4y8x0ztW6YQzShtvWS2P9h/ANvL4/lLg9ss=",
      signedAt: Records.time(4_000),
      note: "audit.example/hq\n\(found.size)\nWBEK/Asd4y8x0ztW6YQzShtvWS2P9h/ANvL4/lLg9ss=\n\n"
        + "— audit.example/hq H7EKK1KqVwKQcF7R9fJ50U4pVHL+YHljPf4u3QT08Jjw/ndkoE/AihyKbon2P+2z\n",
      key: key)
    let page = records.page(Scope(from: Records.time(-3_600), to: Records.time(82_800)), found)
    let read = try check(page)
    for title in [
      "Contradictions", "Gaps", "Outages", "Recordings that began again", "Disagreements",
      "Unreadable messages", "Starts and Resumes", "Without a grade", "Entries of other kinds",
      "as eve (uid 7) asked: asked to", "3 values that commitments were made of",
      "the bytes of entries up to 5; clear values of fileNames, userData", "1,240 entries' bytes",
    ] {
      #expect(read.text.contains(title), "\(title)")
    }
    try keep(page, "troubled")
  }
}
