import YAML

extension ConfigurationReader {
  mutating func commands(_ node: YAMLNode) -> CommandSettings {
    var settings = CommandSettings()
    guard let section = section(node, path: "commands", ConfigurationKeys.commands) else {
      return settings
    }
    let range = CommandSettings.deadlineMin...CommandSettings.deadlineMax
    if let pair = section.pairs["deadline"],
      let deadline = duration(pair.value, path: "commands.deadline", range)
    {
      settings.deadline = deadline
    }
    if let pair = section.pairs["allow"], let access = access(pair.value, path: "commands.allow") {
      settings.allow = access
    }
    return settings
  }

  /// Who may use groups.
  mutating func groups(_ node: YAMLNode) -> Access {
    guard let section = section(node, path: "groups", ConfigurationKeys.groups),
      let pair = section.pairs["allow"]
    else { return Access() }
    return access(pair.value, path: "groups.allow") ?? Access()
  }

  mutating func duration(
    _ node: YAMLNode, path: String, _ range: ClosedRange<Duration>,
    expected: String = DurationText.expected
  ) -> Duration? {
    guard case .scalar(let text, _) = node.content, let duration = DurationText.parse(text) else {
      fail(node.line, path, "expected \(expected), found \(node.shown)")
      return nil
    }
    guard range.contains(duration) else {
      let (low, high) = (
        DurationText.format(range.lowerBound), DurationText.format(range.upperBound)
      )
      fail(node.line, path, "expected a duration from \(low) to \(high), found \(text)")
      return nil
    }
    return duration
  }

  private mutating func access(_ node: YAMLNode, path: String) -> Access? {
    guard let section = section(node, path: path, ConfigurationKeys.allow) else {
      return nil
    }
    return Access(
      uids: section.pairs["uids"].map { numbers($0.value, path: "\(path).uids") } ?? [],
      gids: section.pairs["gids"].map { numbers($0.value, path: "\(path).gids") } ?? [])
  }

  private mutating func numbers(_ node: YAMLNode, path: String) -> [UInt32] {
    let expected = "a list of numbers, such as [1000]"
    guard let items = items(node, path: path, expected: expected, .accepted) else { return [] }
    return items.compactMap { item in
      // 4294967295 is what chown(2) calls "no id": nobody can have it.
      guard case .scalar(let text, .plain) = item.node.content,
        let number = PlainScalar.wholeNumber(text), number < UInt64(UInt32.max)
      else {
        fail(item.node.line, item.path, "expected a numeric id, found \(item.node.shown)")
        return nil
      }
      return UInt32(number)
    }
  }
}

extension YAMLNode {
  /// Its text where it is a scalar, else what it is; not for values that may be secret.
  var shown: String {
    guard case .scalar(let text, _) = content, !text.isEmpty else { return kind }
    return "\"\(text)\""
  }
}
