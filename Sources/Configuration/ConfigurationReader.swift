import YAML

/// A value of the configuration with the place that messages about it name.
struct Located<Value> {
  let value: Value
  let line: Int
  let path: String
}

/// A mapping of the configuration whose keys are all known.
struct SectionReading {
  let path: String
  let line: Int
  let pairs: [String: YAMLPair]

  func path(to key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
}

/// Turns nodes into values and notes every problem on the way, so that all are reported at once.
///
/// A reading that fails notes why and returns nil; the caller goes on with what is left.
struct ConfigurationReader {
  /// The one that is being read; messages name it.
  private(set) var file: String
  /// Looks up an environment variable.
  let environment: (String) -> String?
  /// Known once the platform has been read, which is before the agents.
  var siteAuthentication = SiteAuthentication.eachByItself
  var siteHeaders: [Header] = []
  /// Whether some of the user's own routes could not be read: any name may be theirs.
  var lacksRoutes = false
  private(set) var problems: [ConfigurationProblem] = []
  private(set) var warnings: [ConfigurationProblem] = []

  init(file: String, environment: @escaping (String) -> String?) {
    self.file = file
    self.environment = environment
  }

  /// Reads another file, to which the lines of whatever `body` notes belong.
  mutating func within(
    _ path: Located<String>, _ body: (inout ConfigurationReader, YAMLNode) -> Void
  ) {
    let contents: ReadableFile
    do throws(ReadableFile.Failure) {
      // One byte more than YAML accepts, so that it is YAML that names the limit.
      contents = try ReadableFile(path.value, sizeMax: YAMLDocument.sizeMax + 1)
    } catch {
      return fail(path.line, path.path, error.description)
    }
    let outer = file
    file = path.value
    defer { file = outer }
    do throws(YAMLError) {
      body(&self, try YAMLDocument.parse(contents.bytes))
    } catch {
      fail(error.line, nil, "column \(error.column): \(error.problem)")
    }
  }

  mutating func fail(_ line: Int?, _ key: String?, _ problem: String) {
    problems.append(problemHere(line, key, problem))
  }

  mutating func warn(_ line: Int?, _ key: String?, _ problem: String) {
    warnings.append(problemHere(line, key, problem))
  }

  private func problemHere(_ line: Int?, _ key: String?, _ problem: String) -> ConfigurationProblem
  {
    ConfigurationProblem(
      file: file, line: line, key: key?.isEmpty == true ? nil : key, problem: problem)
  }

  /// The mapping `node`, after every key that is not one of `section` has been noted.
  mutating func section(
    _ node: YAMLNode, path: String, _ section: ConfigurationKeys.Section
  ) -> SectionReading? {
    guard case .mapping(let pairs) = node.content else {
      let keys = section.keys.joined(separator: ", ")
      fail(node.line, path, "expected a mapping with the keys \(keys), found \(node.kind)")
      return nil
    }
    var known: [String: YAMLPair] = [:]
    for pair in pairs {
      if section.keys.contains(pair.key) {
        known[pair.key] = pair
        continue
      }
      let nearest =
        section.meant[pair.key.lowercased()]
        ?? Suggestion.nearest(to: pair.key, among: section.keys)
      let advice =
        nearest.map { "did you mean \($0)?" }
        ?? "expected one of \(section.keys.joined(separator: ", "))"
      let shown = path.isEmpty ? pair.key : "\(path).\(pair.key)"
      fail(pair.line, shown, "unknown key; \(advice)")
    }
    return SectionReading(path: path, line: node.line, pairs: known)
  }

  /// The one of these keys that is there; none and several are problems of the whole mapping.
  mutating func exactlyOne(of keys: [String], in section: SectionReading) -> YAMLPair? {
    let found = keys.compactMap { section.pairs[$0] }
    guard found.count == 1 else {
      let names = keys.dropLast().joined(separator: ", ") + " and \(keys.last ?? "")"
      let count = found.isEmpty ? "none" : "several"
      fail(section.line, section.path, "expected one of \(names), found \(count)")
      return nil
    }
    return found[0]
  }

  /// The value of a key that must be there.
  mutating func required(
    _ key: String, of section: SectionReading, expected: String
  ) -> YAMLNode? {
    if let pair = section.pairs[key] { return pair.value }
    fail(section.line, section.path(to: key), "missing; expected \(expected)")
    return nil
  }

  /// The text of a scalar that is text: quoted, or plain and not a number, a boolean or nothing.
  mutating func text(
    _ node: YAMLNode, path: String, expected: String
  ) -> Located<String>? {
    guard case .scalar(let text, let style) = node.content,
      style != .plain || PlainScalar(text) == .text
    else {
      let advice = node.isPlainValue ? "; put it in quotes" : ""
      fail(node.line, path, "expected \(expected), found \(node.kind)\(advice)")
      return nil
    }
    guard !text.isEmpty else {
      fail(node.line, path, "expected \(expected), found an empty text")
      return nil
    }
    guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
    else {
      fail(node.line, path, "expected \(expected), found a text with a control character")
      return nil
    }
    return Located(value: text, line: node.line, path: path)
  }

  /// The items of a list, each with its path; not empty if `emptiness` says so.
  mutating func items(
    _ node: YAMLNode, path: String, expected: String, _ emptiness: Emptiness
  ) -> [(node: YAMLNode, path: String)]? {
    guard case .sequence(let items) = node.content else {
      fail(node.line, path, "expected \(expected), found \(node.kind)")
      return nil
    }
    if items.isEmpty, emptiness == .refused {
      fail(node.line, path, "expected \(expected), found an empty list")
      return nil
    }
    return items.enumerated().map { (node: $0.element, path: "\(path)[\($0.offset)]") }
  }

  enum Emptiness { case refused, accepted }

  /// One of the words that a closed set has. `meanings` says what they mean to whoever wrote one
  /// that is like none of them.
  mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ node: YAMLNode, path: String, _: Choice.Type, notInThisVersion: [String] = [],
    meanings: (Choice) -> String? = { _ in nil }
  ) -> Choice? {
    let words = Choice.allCases.map(\.rawValue)
    let expected = words.count == 1 ? words[0] : "one of \(words.joined(separator: ", "))"
    guard let text = text(node, path: path, expected: expected) else { return nil }
    if let choice = Choice(rawValue: text.value) { return choice }
    if notInThisVersion.contains(text.value) {
      fail(node.line, path, "\(text.value) is not in this version; expected \(expected)")
      return nil
    }
    let nearest = Suggestion.nearest(to: text.value, among: words)
    let explained = Choice.allCases.compactMap { choice in
      meanings(choice).map { "; \(choice.rawValue): \($0)" }
    }
    let advice = nearest.map { "; did you mean \($0)?" } ?? explained.joined()
    fail(node.line, path, "expected \(expected), found \"\(text.value)\"\(advice)")
    return nil
  }

  /// A file name that does not depend on where the daemon was started.
  mutating func absolutePath(_ node: YAMLNode, path: String, of what: String) -> Located<String>? {
    let expected = "the absolute path of \(what)"
    guard let text = text(node, path: path, expected: expected) else { return nil }
    guard text.value.hasPrefix("/"), text.value.count > 1, !text.value.hasSuffix("/") else {
      fail(node.line, path, "expected \(expected), found \"\(text.value)\"")
      return nil
    }
    return text
  }

  /// A word for an event source: letters, digits, dots, hyphens and underscores.
  mutating func name(_ node: YAMLNode, path: String) -> Located<String>? {
    let expected = "a name of letters, digits, '.', '-' and '_' that begins with a letter or digit"
    guard let text = text(node, path: path, expected: expected) else { return nil }
    let inside = text.value.utf8.allSatisfy { $0.isLetterOrDigit || ".-_".utf8.contains($0) }
    guard inside, text.value.utf8.first?.isLetterOrDigit == true else {
      fail(node.line, path, "expected \(expected), found \"\(text.value)\"")
      return nil
    }
    guard text.value.utf8.count <= Self.nameSizeMax else {
      fail(
        node.line, path,
        "expected at most \(Self.nameSizeMax) characters, found \(text.value.count)")
      return nil
    }
    return text
  }

  /// Names stand in every event and every log line; the platform's own are far shorter.
  static let nameSizeMax = 64
}

extension UInt8 {
  var isLetterOrDigit: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    default: isDigit
    }
  }

  var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}
