/// What of a record may be personal. Each is kept as a commitment by a setting of its own.
package enum PersonalField: String, CaseIterable, Sendable {
  /// Numbers that somebody can be called at, of agents and customers alike.
  case phoneNumbers
  /// What applications attach to a call, which may be anything.
  case userData
  /// Of recordings: the platform builds the numbers of both parties into them.
  case fileNames
}

/// Which fields stand in the audit as commitments, and for how long their clear values stay.
package struct PrivacySettings: Equatable, Sendable {
  package var fields: [PersonalField: Duration]

  /// Settings made by hand; without arguments nothing is kept as a commitment.
  package init(fields: [PersonalField: Duration] = [:]) { self.fields = fields }

  /// What bytes that nobody could read count as: they may hold any of the fields, so they go with
  /// the one that goes first.
  package var unread: PersonalField? {
    PersonalField.allCases.filter { fields[$0] != nil }
      .min { (fields[$0] ?? .zero) < (fields[$1] ?? .zero) }
  }
}
