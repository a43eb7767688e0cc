/// Reads one YAML document into plain values.
///
/// Narrower than YAML on purpose, because what is read here decides what a daemon does: one
/// document, text keys, no key twice, no tags, and no aliases, so that nothing in the file stands
/// for text that is written elsewhere (nor can ten lines expand to gigabytes).
package enum YAMLDocument {
  /// Room for 10,000 agents at some 400 bytes each; a larger file is surely not a configuration.
  package static let sizeMax = 4 * 1_048_576
  /// A configuration needs 5 levels; 64 leaves the composer's recursion far from the stack's end.
  package static let depthMax = 64

  /// The document in `bytes`, which must be UTF-8.
  ///
  /// Throws where the text is not YAML, is empty, goes beyond a limit, or uses what is refused.
  package static func parse(_ bytes: [UInt8]) throws(YAMLError) -> YAMLNode {
    guard bytes.count <= sizeMax else {
      throw YAMLError(
        line: 1, column: 1,
        problem: "the document has \(bytes.count) bytes, more than the limit of \(sizeMax)")
    }
    var composer = YAMLComposer(source: try YAMLEventSource(bytes))
    return try composer.document()
  }
}

/// Builds nodes from events.
private struct YAMLComposer: ~Copyable {
  var source: YAMLEventSource

  init(source: consuming YAMLEventSource) {
    self.source = source
  }

  mutating func document() throws(YAMLError) -> YAMLNode {
    guard let first = try nextContent() else {
      throw YAMLError(line: 1, column: 1, problem: "the document is empty")
    }
    let root = try node(first, depth: 1)
    guard let extra = try nextContent() else { return root }
    throw YAMLError(
      line: extra.line, column: extra.column,
      problem: "a second document starts here; only one is read")
  }

  /// The next event that is part of a document, or nil at the end of the stream.
  private mutating func nextContent() throws(YAMLError) -> YAMLEvent? {
    while true {
      let event = try source.next()
      switch event.kind {
      case .boundary, .documentStart: continue
      case .streamEnd: return nil
      default: return event
      }
    }
  }

  private mutating func node(_ event: YAMLEvent, depth: Int) throws(YAMLError) -> YAMLNode {
    guard depth <= YAMLDocument.depthMax else {
      throw error(event, "nested deeper than \(YAMLDocument.depthMax) levels")
    }
    let content: YAMLNode.Content
    switch event.kind {
    case .scalar(let text, let style): content = .scalar(text, style)
    case .sequenceStart: content = .sequence(try items(depth: depth))
    case .mappingStart: content = .mapping(try pairs(depth: depth))
    case .alias(let name):
      throw error(event, "the alias *\(name) is not supported; write its text out")
    case .sequenceEnd, .mappingEnd, .documentStart, .boundary, .streamEnd:
      throw error(event, "the document ends inside a value")
    }
    return YAMLNode(content, line: event.line, column: event.column)
  }

  private mutating func items(depth: Int) throws(YAMLError) -> [YAMLNode] {
    var items: [YAMLNode] = []
    while true {
      let event = try source.next()
      if case .sequenceEnd = event.kind { return items }
      items.append(try node(event, depth: depth + 1))
    }
  }

  private mutating func pairs(depth: Int) throws(YAMLError) -> [YAMLPair] {
    var pairs: [YAMLPair] = []
    var lines: [String: Int] = [:]
    while true {
      let event = try source.next()
      if case .mappingEnd = event.kind { return pairs }
      guard case .scalar(let key, _) = event.kind else {
        throw error(event, "a key must be text")
      }
      if let first = lines.updateValue(event.line, forKey: key) {
        throw error(event, "the key \(key) is given twice, on lines \(first) and \(event.line)")
      }
      let value = try node(try source.next(), depth: depth + 1)
      pairs.append(YAMLPair(key: key, line: event.line, column: event.column, value: value))
    }
  }

  private func error(_ event: YAMLEvent, _ problem: String) -> YAMLError {
    YAMLError(line: event.line, column: event.column, problem: problem)
  }
}
