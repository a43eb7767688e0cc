import Privacy
import YAML

extension ConfigurationReader {
  mutating func privacy(_ node: YAMLNode) -> PrivacySettings {
    var settings = PrivacySettings()
    guard let section = section(node, path: "privacy", ConfigurationKeys.privacy),
      let node = required(
        "fields", of: section, expected: "the fields that are kept as commitments"),
      let fields = self.section(node, path: "privacy.fields", ConfigurationKeys.privacyFields)
    else { return settings }
    if fields.pairs.isEmpty {
      fail(node.line, "privacy.fields", "expected at least one field, found none")
    }
    for field in PersonalField.allCases {
      guard let pair = fields.pairs[field.rawValue] else { continue }
      settings.fields[field] = age(pair.value, path: fields.path(to: field.rawValue))
    }
    warnOfLeaks(settings, fields.line)
    return settings
  }

  /// One field may say what another hides.
  private mutating func warnOfLeaks(_ settings: PrivacySettings, _ line: Int) {
    guard settings.fields[.phoneNumbers] != nil else { return }
    for field in [PersonalField.userData, .fileNames] where settings.fields[field] == nil {
      warn(
        line, "privacy.fields",
        "\(field.rawValue) may hold phone numbers, and stay in clear unless they are named too")
    }
  }

  mutating func retention(_ node: YAMLNode) -> Retention {
    var retention = Retention()
    guard let section = section(node, path: "retention", ConfigurationKeys.retention) else {
      return retention
    }
    if let pair = section.pairs["events"],
      let events = self.section(
        pair.value, path: "retention.events", ConfigurationKeys.retentionEvents)
    {
      if events.pairs.isEmpty {
        fail(pair.line, "retention.events", "expected age, size or both, found neither")
      }
      retention.eventsAge = events.pairs["age"].flatMap {
        age($0.value, path: "retention.events.age")
      }
      retention.eventsSizeBytes = events.pairs["size"].flatMap { size($0.value) }
    }
    if let pair = section.pairs["entries"],
      let entries = self.section(
        pair.value, path: "retention.entries", ConfigurationKeys.retentionEntries)
    {
      retention.entriesAge = required("age", of: entries, expected: AgeText.expected)
        .flatMap { age($0, path: "retention.entries.age") }
      check(retention, entriesAt: pair.line)
    }
    if let pair = section.pairs["groups"] {
      let path = "retention.groups"
      retention.groups = choice(pair.value, path: path, Retention.Groups.self) ?? .hold
      if section.pairs["events"] == nil { fail(pair.line, path, "has no effect without events") }
    }
    return retention
  }

  /// The audit is what outlives the events, never the other way round.
  private mutating func check(_ retention: Retention, entriesAt line: Int) {
    guard let entries = retention.entriesAge else { return }
    let path = "retention.entries.age"
    if let events = retention.eventsAge {
      if entries < events {
        fail(
          line, path,
          "expected at least the \(AgeText.words(events)) of retention.events.age, found"
            + " \(AgeText.words(entries))")
      }
    } else if retention.eventsSizeBytes == nil {
      fail(line, path, "events are kept for ever, and entries may not go before their events")
    }
  }

  private mutating func age(_ node: YAMLNode, path: String) -> Duration? {
    guard case .scalar(let text, _) = node.content, let age = AgeText.parse(text) else {
      fail(node.line, path, "expected \(AgeText.expected), found \(node.shown)")
      return nil
    }
    guard (Retention.ageMin...Retention.ageMax).contains(age) else {
      fail(node.line, path, "expected an age from 1m to 100y, found \(text)")
      return nil
    }
    return age
  }

  private mutating func size(_ node: YAMLNode) -> Int64? {
    let range = Retention.sizeMinBytes...Retention.sizeMaxBytes
    guard case .scalar(let text, _) = node.content, let size = SizeText.parse(text),
      range.contains(size)
    else {
      fail(
        node.line, "retention.events.size",
        "expected a size such as 20GB, at least 64MB, found \(node.shown)")
      return nil
    }
    return size
  }
}
