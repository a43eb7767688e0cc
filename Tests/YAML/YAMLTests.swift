import Testing
import YAML

private func parse(_ text: String) throws(YAMLError) -> YAMLNode {
  try YAMLDocument.parse(Array(text.utf8))
}

private func problem(_ text: String) -> YAMLError? {
  do {
    _ = try parse(text)
    return nil
  } catch {
    return error
  }
}

/// A node without its places, to compare shapes.
private func shape(_ node: YAMLNode) -> String {
  switch node.content {
  case .scalar(let text, .plain): text
  case .scalar(let text, _): "'\(text)'"
  case .sequence(let items): "[" + items.map(shape).joined(separator: ",") + "]"
  case .mapping(let pairs):
    "{" + pairs.map { "\($0.key):\(shape($0.value))" }.joined(separator: ",") + "}"
  }
}

private let tabProblem = "a tab; indent with spaces"
private let strangerProblem =
  "did not find expected key while parsing a block mapping that begins on line 1; "

@Test func `a document keeps its order, its places and how its scalars were written`() throws {
  let root = try parse("b: 1\na:\n  - x\n  - \"y\"\n  - |\n    z\nc: {d: , e: ~}\n")
  #expect(shape(root) == "{b:1,a:[x,'y','z\n'],c:{d:,e:~}}")
  guard case .mapping(let pairs) = root.content else {
    Issue.record("not a mapping")
    return
  }
  #expect(pairs.map(\.line) == [1, 2, 7])
  guard case .sequence(let items) = pairs[1].value.content else {
    Issue.record("not a sequence")
    return
  }
  #expect(items.map(\.line) == [3, 4, 5])
  #expect(items.map(\.column) == [5, 5, 5])
  #expect(items[1].content == .scalar("y", .quoted))
  #expect(items[2].content == .scalar("z\n", .block))
}

@Test func `a byte order mark, comments and document markers are not content`() throws {
  #expect(shape(try parse("\u{FEFF}# a comment\n---\na: ü # c\n...\n")) == "{a:ü}")
}

@Test func `a value may hold a zero character`() throws {
  #expect(try parse(#""a\0b""#).content == .scalar("a\0b", .quoted))
}

@Test func `a key given twice is an error that names both lines`() {
  #expect(
    problem("a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n")
      == YAMLError(line: 5, column: 3, problem: "the key c is given twice, on lines 3 and 5"))
}

@Test(arguments: [
  ("", 1, 1, "the document is empty"),
  ("# only a comment\n", 1, 1, "the document is empty"),
  ("a: &x 1\nb: *x\n", 2, 4, "the alias *x is not supported; write its text out"),
  ("a: !secret x\n", 1, 4, "the tag !secret is not supported here"),
  ("a: !!int x\n", 1, 4, "the tag tag:yaml.org,2002:int is not supported here"),
  ("a: !!set {x}\n", 1, 4, "the tag tag:yaml.org,2002:set is not supported here"),
  ("a: 1\n---\nb: 1\n", 3, 1, "a second document starts here; only one is read"),
  ("? [a, b]\n: c\n", 1, 3, "a key must be text"),
  ("a: 1\n\tb: 2\n", 2, 1, tabProblem),
  ("a:\n\tb: 2\n", 2, 1, tabProblem),
  (
    "a: @b\n", 1, 4,
    "found character that cannot start any token while scanning for the next token; put a text that"
      + " begins with @ in quotes"
  ),
  ("a: {b}/c\n", 1, 7, strangerProblem + "put a text that begins with { in quotes"),
  ("a: [b] c\n", 1, 8, strangerProblem + "put a text that begins with [ in quotes"),
  (
    "a: 1\n- b\n", 2, 1,
    strangerProblem + "an item of a list cannot stand among the keys of a mapping"
  ),
  ("a: 1\n  \nb: {}\n c: 1\n", 4, 2, strangerProblem + "indent the keys of one mapping alike"),
  (
    "  a: 1\n b: 1\n", 2, 2,
    "did not find expected <document start>; indent the keys of one mapping, and the items of one"
      + " list, alike"
  ),
  (
    "a: 1\nb\n", 3, 1,
    "could not find expected ':' while scanning a simple key; a key has ': ' behind it, and each"
      + " stands on a line of its own"
  ),
  (
    "a:\n  - a\n  b: c\n", 3, 3,
    "did not find expected '-' indicator while parsing a block collection that begins on line 2;"
      + " indent the items of a list alike"
  ),
  ("a: [1, 2\nb: 3\n", 2, 2, "did not find expected ',' or ']' while parsing a flow sequence"),
  ("a: \"x\n", 2, 1, "found unexpected end of stream while scanning a quoted scalar"),
  (
    "a: b: c\n", 1, 5,
    "mapping values are not allowed in this context; put a text that has ': ' in it in quotes, and"
      + " indent the keys of one mapping alike"
  ),
])
func `what is not accepted says where and why`(
  text: String, line: Int, column: Int, said: String
) {
  #expect(problem(text) == YAMLError(line: line, column: column, problem: said))
}

@Test func `bytes that are not UTF-8 say the line and column`() {
  let bytes = Array("a: 1\nbé: ".utf8) + [0xFF, 0x0A]
  #expect(throws: YAMLError(line: 2, column: 5, problem: "invalid leading UTF-8 octet")) {
    try YAMLDocument.parse(bytes)
  }
  #expect(problem("a: \u{1}\n")?.problem == "control characters are not allowed")
  #expect(throws: YAMLError.self) { try YAMLDocument.parse([0xFF, 0xFE, 0x61, 0x00]) }
}

@Test func `nesting is accepted up to the limit and refused one level beyond it`() {
  let open = String(repeating: "[", count: YAMLDocument.depthMax)
  let close = String(repeating: "]", count: YAMLDocument.depthMax)
  #expect(problem(open + close) == nil)
  #expect(problem("[" + open + close + "]")?.problem == "nested deeper than 64 levels")
}

@Test func `a document beyond the size limit is refused before it is read`() {
  let bytes = [UInt8](repeating: UInt8(ascii: "#"), count: YAMLDocument.sizeMax + 1)
  #expect(throws: YAMLError.self) { try YAMLDocument.parse(bytes) }
  #expect(throws: YAMLError(line: 1, column: 1, problem: "the document is empty")) {
    try YAMLDocument.parse(Array(bytes.dropLast()))
  }
}

/// Cuts and single-byte changes of a document that uses everything: no input may trap or leak a
/// parser; each ends in a value or an error with a place inside the text.
@Test func `no damaged document does more than fail`() {
  let good = Array("a: [1, {b: 'c', d: \"e\\u00e9\"}]\nf: &x |\n  text\n? g\n: - h\n".utf8)
  for cut in 0...good.count {
    expectPlace(Array(good[..<cut]))
  }
  for place in good.indices {
    for byte: UInt8 in [0, 9, 10, 0x20, 0x22, 0x26, 0x2A, 0x3A, 0x5B, 0x7B, 0x80, 0xC3, 0xFF] {
      var damaged = good
      damaged[place] = byte
      expectPlace(damaged)
    }
  }
}

private func expectPlace(_ bytes: [UInt8]) {
  do {
    _ = try YAMLDocument.parse(bytes)
  } catch {
    let lines = bytes.count { $0 == 10 || $0 == 13 } + 1
    #expect((1...lines + 1).contains(error.line), "\(error) in \(bytes)")
    #expect(error.column >= 1)
    #expect(!error.problem.isEmpty)
  }
}
