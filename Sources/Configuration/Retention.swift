import Privacy

/// What of the store goes, and when; by default nothing.
package struct Retention: Equatable, Sendable {
  /// Events that are older are removed.
  package var eventsAge: Duration?
  /// The oldest events are removed while the store has more bytes in use.
  package var eventsSizeBytes: Int64?
  /// The records of entries that are older are removed; their leaves stay.
  package var entriesAge: Duration?
  /// What becomes of a group that has not acknowledged what is to be removed.
  package var groups: Groups

  /// What becomes of a group that retention reaches.
  package enum Groups: String, CaseIterable, Sendable {
    /// Nothing that it has not acknowledged is removed.
    case hold
    /// It is moved, and told so by an event.
    case drop
  }

  /// Shorter than a minute, nobody could read anything.
  package static let ageMin: Duration = .seconds(60)
  /// A hundred years: longer than anybody is asked.
  package static let ageMax: Duration = .seconds(100 * 31_536_000)
  /// Below it a store holds little more than what it cannot be without.
  package static let sizeMinBytes: Int64 = 64 << 20
  package static let sizeMaxBytes: Int64 = 1_024 << 40

  /// Settings made by hand; without arguments everything is kept.
  package init(
    eventsAge: Duration? = nil, eventsSizeBytes: Int64? = nil, entriesAge: Duration? = nil,
    groups: Groups = .hold
  ) {
    self.eventsAge = eventsAge
    self.eventsSizeBytes = eventsSizeBytes
    self.entriesAge = entriesAge
    self.groups = groups
  }
}

extension Configuration {
  /// What its settings of privacy and retention mean, a sentence each; none where all is kept.
  package var keeping: [String] {
    var sentences: [String] = []
    for field in PersonalField.allCases {
      guard let age = privacy.fields[field] else { continue }
      sentences.append(
        "privacy: \(field.words) stand in the audit as commitments; their clear values are erased"
          + " after \(AgeText.words(age)), in events too")
    }
    let age = retention.eventsAge.map { "when they are older than \(AgeText.words($0))" }
    let size = retention.eventsSizeBytes.map {
      "while the store has more than \($0 >> 20) MB in use"
    }
    let when = [age, size].compactMap(\.self).joined(separator: ", and ")
    if !when.isEmpty {
      let groups =
        retention.groups == .hold
        ? "never one that a group has not acknowledged"
        : "a group that has not acknowledged them is moved, and loses them"
      sentences.append("retention: events are removed \(when); \(groups)")
    }
    if let age = retention.entriesAge {
      sentences.append(
        "retention: the records of audit entries are removed when they are older than"
          + " \(AgeText.words(age)); their hashes stay, so every proof still works")
    }
    return sentences
  }
}

extension PersonalField {
  /// As people say it.
  fileprivate var words: String {
    switch self {
    case .phoneNumbers: "phone numbers"
    case .userData: "user data"
    case .fileNames: "names of recordings"
    }
  }
}
