/// A value inside a JSON text: a view that shares the text, never a copy of it.
///
/// The whole text has been validated against RFC 8259 before a value exists, so reading one cannot
/// fail. Every access is bounds-checked; no input can make it read outside its text. A view keeps
/// the whole text alive: what outlives its body by long is better copied out.
///
/// Names that occur more than once in an object: ``subscript(_:)`` answers with the *last* one, as
/// ECMA-262 does; ``members`` lists them all, and ``raw`` keeps the text as it came.
package struct JSONValue: Sendable {
  /// What a value is; a boolean's kind is its value.
  package enum Kind: UInt8, Sendable { case object, array, string, number, `true`, `false`, null }

  let text: JSONText
  let index: Int

  /// Reads one JSON text: nothing but white space may follow the value. A byte order mark in front
  /// is passed over (RFC 8259 section 8.1). For bodies that may be damaged there is
  /// ``salvage(_:)``.
  package static func parse(_ bytes: [UInt8]) throws(JSONError) -> JSONValue {
    let nodes = try JSONParser.text(bytes.span)
    return JSONValue(text: JSONText(bytes: bytes, nodes: nodes), index: 0)
  }

  var node: JSONNode { text.nodes[index] }

  /// What the value is.
  package var kind: Kind { node.kind }

  /// The exact bytes of this value as they stood in the text, quotes and braces included.
  package var raw: ArraySlice<UInt8> { text.bytes[Int(node.start)..<Int(node.end)] }

  /// How many bytes ``raw`` has.
  package var sizeBytes: Int { Int(node.end - node.start) }

  /// The string with its escapes resolved; nil for anything that is not a string.
  package var string: String? {
    guard node.kind == .string else { return nil }
    let content = text.bytes[(Int(node.start) + 1)..<(Int(node.end) - 1)]
    return node.hasEscapes ? unescape(content) : String(decoding: content, as: UTF8.self)
  }

  /// The string, or the number as it was written: for platforms that send either.
  package var stringOrNumber: String? {
    node.kind == .number ? String(decoding: raw, as: UTF8.self) : string
  }

  /// The number when it is written as an integer that fits.
  package var integer: Int64? {
    node.kind == .number ? Int64(String(decoding: raw, as: UTF8.self)) : nil
  }

  /// The nearest `Double` to the number; nil when it is too large for one.
  package var double: Double? {
    guard node.kind == .number, let value = Double(String(decoding: raw, as: UTF8.self)),
      value.isFinite
    else { return nil }
    return value
  }

  /// The boolean; nil for anything else, words and numbers included.
  package var bool: Bool? {
    switch node.kind {
    case .true: true
    case .false: false
    default: nil
    }
  }

  /// Whether this is `null`; a member that is missing is no value at all.
  package var isNull: Bool { node.kind == .null }

  /// The member of that name, the last one if there are several; nil if there is none or this is
  /// not an object.
  package subscript(_ name: String) -> JSONValue? {
    guard node.kind == .object else { return nil }
    var found: Int?
    var key = index + 1
    let end = Int(node.next)
    while key < end {
      if text.isString(name, at: key) { found = key + 1 }
      key = Int(text.nodes[key + 1].next)
    }
    return found.map { JSONValue(text: text, index: $0) }
  }

  /// Whether this is a string of exactly the characters of `other`: Unicode scalars are compared,
  /// not their canonical equivalence, as two JSON names are. Builds no `String` unless there are
  /// escapes.
  package func isString(_ other: String) -> Bool { text.isString(other, at: index) }

  /// The elements of an array in order; empty for anything else.
  package var elements: Elements { Elements(container: self, isArray: node.kind == .array) }

  /// The members of an object in order, repeated names included; empty for anything else.
  package var members: Members { Members(container: self) }

  /// The elements of an array, one at a time; nothing is copied.
  package struct Elements: Sequence, IteratorProtocol, Sendable {
    private let text: JSONText
    private var index: Int
    private let end: Int

    init(container: JSONValue, isArray: Bool) {
      text = container.text
      index = container.index + 1
      end = isArray ? Int(container.node.next) : index
    }

    /// The next in the order of the text; nil behind the last.
    package mutating func next() -> JSONValue? {
      guard index < end else { return nil }
      defer { index = Int(text.nodes[index].next) }
      return JSONValue(text: text, index: index)
    }
  }

  /// The members of an object, one at a time.
  package struct Members: Sequence, IteratorProtocol, Sendable {
    private let text: JSONText
    private var index: Int
    private let end: Int

    init(container: JSONValue) {
      text = container.text
      index = container.index + 1
      end = container.node.kind == .object ? Int(container.node.next) : index
    }

    /// The next in the order of the text; nil behind the last.
    package mutating func next() -> JSONMember? {
      guard index < end else { return nil }
      let name = JSONValue(text: text, index: index)
      let value = JSONValue(text: text, index: index + 1)
      index = Int(text.nodes[index + 1].next)
      return JSONMember(key: name, value: value)
    }
  }
}

/// A name and its value in an object.
package struct JSONMember: Sendable {
  /// The name as a value, to be compared with ``JSONValue/isString(_:)`` where no text is needed.
  package let key: JSONValue
  /// With its escapes resolved.
  package var name: String { key.string ?? "" }
  /// A view of the same text.
  package let value: JSONValue
}

extension JSONValue: Equatable {
  /// Two values are equal when their bytes are: `1.0` is not `1`, nor is `"\u0041"` `"A"`.
  package static func == (left: JSONValue, right: JSONValue) -> Bool {
    left.raw == right.raw
  }
}

/// A validated text and the flat list of its values, in the order in which they begin.
final class JSONText: Sendable {
  let bytes: [UInt8]
  let nodes: [JSONNode]

  init(bytes: [UInt8], nodes: [JSONNode]) {
    self.bytes = bytes
    self.nodes = nodes
  }

  /// Whether the value at `index` is a string of exactly the scalars of `other`.
  func isString(_ other: String, at index: Int) -> Bool {
    let node = nodes[index]
    guard node.kind == .string else { return false }
    let start = Int(node.start) + 1
    let end = Int(node.end) - 1
    if node.hasEscapes {
      // By code units: `==` of strings takes canonically equivalent ones for equal.
      return unescape(bytes[start..<end]).utf8.elementsEqual(other.utf8)
    }
    let expected = other.utf8.span
    guard end - start == expected.count else { return false }
    for offset in 0..<expected.count where bytes[start + offset] != expected[offset] {
      return false
    }
    return true
  }
}

struct JSONNode: Sendable {
  var kind: JSONValue.Kind
  var hasEscapes = false
  var start: UInt32
  var end: UInt32
  /// Index of the first node behind this value and everything in it.
  var next: UInt32
}
