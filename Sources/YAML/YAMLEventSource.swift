import CYAML

/// One step of a document, with the place where it begins.
struct YAMLEvent {
  enum Kind {
    case scalar(String, YAMLScalarStyle)
    case alias(String)
    case sequenceStart
    case sequenceEnd
    case mappingStart
    case mappingEnd
    case documentStart
    /// Starts and ends of the stream, and ends of documents: nothing to read in them.
    case boundary
    case streamEnd
  }

  let kind: Kind
  let line: Int
  let column: Int
}

/// Owns a libyaml parser and the text that it reads, and frees both, whatever path is left by.
///
/// libyaml's parser holds a pointer to itself, so it lives at a fixed address of its own. After an
/// error it must not be asked again; the composer stops at the first.
@safe struct YAMLEventSource: ~Copyable {
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private let text: UnsafeMutableBufferPointer<UInt8>

  /// Copies `bytes`, so that no caller's buffer has to outlive the parser.
  init(_ bytes: [UInt8]) throws(YAMLError) {
    // Both blocks belong to this value alone and are freed in `deinit` or in the guard below.
    let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    guard unsafe yaml_parser_initialize(parser) == 1 else {
      unsafe parser.deallocate()
      throw YAMLError(line: 1, column: 1, problem: "no memory for the YAML parser")
    }
    let text = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(bytes.count, 1))
    _ = unsafe text.initialize(from: bytes)
    unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    // `text` is freed after the parser that reads it, and its count bounds the reads.
    unsafe yaml_parser_set_input_string(parser, text.baseAddress, bytes.count)
    unsafe self.parser = parser
    unsafe self.text = text
  }

  deinit {
    // Initialised once in `init`; nothing reads either block afterwards.
    unsafe yaml_parser_delete(parser)
    unsafe parser.deallocate()
    unsafe text.deallocate()
  }

  /// The next event. Wraps `yaml_parser_parse`.
  mutating func next() throws(YAMLError) -> YAMLEvent {
    var event = unsafe yaml_event_t()
    guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw failure() }
    // The event is ours from here; its texts are copied out before it is deleted.
    defer { unsafe yaml_event_delete(&event) }
    let line = unsafe Int(clamping: event.start_mark.line) + 1
    let column = unsafe Int(clamping: event.start_mark.column) + 1
    if let tag = unsafe Self.tag(of: event) {
      throw YAMLError(line: line, column: column, problem: "the tag \(tag) is not supported here")
    }
    return YAMLEvent(kind: unsafe Self.kind(of: event), line: line, column: column)
  }

  private static func kind(of event: yaml_event_t) -> YAMLEvent.Kind {
    // The type says which member of the union is valid, and each case reads only that one.
    switch unsafe event.type {
    case YAML_SCALAR_EVENT:
      let scalar = unsafe event.data.scalar
      let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
      let text = unsafe String(decoding: bytes, as: UTF8.self)
      return unsafe .scalar(text, style(scalar.style))
    case YAML_ALIAS_EVENT:
      return unsafe .alias(text(event.data.alias.anchor))
    case YAML_SEQUENCE_START_EVENT: return .sequenceStart
    case YAML_SEQUENCE_END_EVENT: return .sequenceEnd
    case YAML_MAPPING_START_EVENT: return .mappingStart
    case YAML_MAPPING_END_EVENT: return .mappingEnd
    case YAML_DOCUMENT_START_EVENT: return .documentStart
    case YAML_STREAM_END_EVENT: return .streamEnd
    default: return .boundary
    }
  }

  private static func style(_ style: yaml_scalar_style_t) -> YAMLScalarStyle {
    switch style {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE, YAML_DOUBLE_QUOTED_SCALAR_STYLE: .quoted
    case YAML_LITERAL_SCALAR_STYLE, YAML_FOLDED_SCALAR_STYLE: .block
    default: .plain
    }
  }

  /// The explicit tag of an event that has one; a tag could give a text another meaning.
  private static func tag(of event: yaml_event_t) -> String? {
    // As in `kind(of:)`: the type says which member of the union is valid.
    switch unsafe event.type {
    case YAML_SCALAR_EVENT: unsafe optionalText(event.data.scalar.tag)
    case YAML_SEQUENCE_START_EVENT: unsafe optionalText(event.data.sequence_start.tag)
    case YAML_MAPPING_START_EVENT: unsafe optionalText(event.data.mapping_start.tag)
    default: nil
    }
  }

  private static func optionalText(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
    // libyaml ends its texts with a zero byte.
    guard let pointer = unsafe pointer else { return nil }
    return unsafe String(cString: pointer)
  }

  private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String {
    unsafe optionalText(pointer) ?? ""
  }

  /// What libyaml says went wrong. A reader error has no mark, only a byte offset.
  private func failure() -> YAMLError {
    // The parser is alive as long as `self`; its messages are static C strings.
    let state = unsafe parser.pointee
    let problem = unsafe state.problem.map { unsafe String(cString: $0) } ?? "out of memory"
    guard unsafe state.error != YAML_READER_ERROR else {
      return unsafe unreadable(problem, at: Int(clamping: state.problem_offset))
    }
    let context = unsafe state.context.map { unsafe " " + String(cString: $0) } ?? ""
    let line = unsafe Int(clamping: state.problem_mark.line) + 1
    let column = unsafe Int(clamping: state.problem_mark.column) + 1
    let hint = YAMLHint(
      problem: problem + context, line: self.line(line), column: column,
      begunOn: unsafe Int(clamping: state.context_mark.line) + 1)
    return YAMLError(line: line, column: column, problem: hint.sentence)
  }

  /// A line of the text, from 1; empty behind its end.
  private func line(_ number: Int) -> String {
    // `text` was initialised with all of the document.
    let lines = unsafe text.split(
      separator: UInt8(ascii: "\n"), maxSplits: number, omittingEmptySubsequences: false)
    guard unsafe number <= lines.count else { return "" }
    return unsafe String(decoding: lines[number - 1], as: UTF8.self)
  }

  private func unreadable(_ problem: String, at offset: Int) -> YAMLError {
    // `text` was initialised with all of the document; the prefix cannot pass its end.
    let before = unsafe text.prefix(min(offset, text.count))
    let line = unsafe before.count { $0 == UInt8(ascii: "\n") } + 1
    let start = unsafe before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    let column = unsafe String(decoding: before[start...], as: UTF8.self).count + 1
    return YAMLError(line: line, column: column, problem: problem)
  }
}
