import JSON

/// A personal value in a JSON text, and where it stands.
struct PersonalValue: Equatable {
  let field: PersonalField
  /// In bytes of the text.
  let range: Range<Int>
  /// What stays to be seen of it, as JSON: the word of the second witness in a call's user data.
  let witness: [UInt8]?
}

/// Finds the personal values of an event or an entry, in every wire variant.
///
/// By the names of members, for a number cannot be told from another one by its looks: those of
/// GWS v2 and Workspace v3, in objects and in lists of pairs, those of Genesys Cloud, and our own.
/// Texts that people or the platform wrote, such as reasons, are not looked into.
struct PersonalSearch {
  /// What the text is.
  enum Stage {
    /// Values are as they came.
    case received
    /// Some may be commitments or marks already, which are passed over.
    case stored
  }

  private let fields: Set<PersonalField>
  private let unread: PersonalField?
  private let stage: Stage
  private var found: [PersonalValue] = []

  /// In the order of the text; none lies within another.
  static func values(
    in root: JSONValue, of fields: Set<PersonalField>, unread: PersonalField?, _ stage: Stage
  ) -> [PersonalValue] {
    var search = PersonalSearch(fields: fields, unread: unread, stage: stage)
    search.lookForUnread(in: root)
    search.look(in: root)
    return search.found.sorted { $0.range.lowerBound < $1.range.lowerBound }
  }

  private init(fields: Set<PersonalField>, unread: PersonalField?, stage: Stage) {
    self.fields = fields
    self.unread = unread
    self.stage = stage
  }

  private static let names: [String: PersonalField] = {
    var names: [String: PersonalField] = [:]
    for name in [
      "phoneNumber", "PhoneNumber", "formattedPhoneNumber", "e164Number", "E164digits", "digits",
      "number", "ani", "dnis", "ANI", "DNIS", "participants", "OriginationDN",
      "dynamicPhoneNumber", "address", "addressNormalized", "addressRaw", "addressDisplayable",
    ] { names[name] = .phoneNumbers }
    for name in ["userData", "attributes"] { names[name] = .userData }
    for name in ["recordingFile", "stoppedFile", "GSIP_REC_FN"] { names[name] = .fileNames }
    return names
  }()

  /// A quarantined message: its bytes, and their hash, from which short ones could be guessed.
  private mutating func lookForUnread(in root: JSONValue) {
    guard let unread, fields.contains(unread) else { return }
    let isQuarantine = root["type"]?.isString("recbridge.quarantine.v1") == true
    guard isQuarantine else { return }
    let holder = root["data"] ?? root
    for member in holder.members where member.name == "bytes" || member.name == "sha256" {
      take(member.value, as: unread)
    }
  }

  private mutating func look(in value: JSONValue) {
    switch value.kind {
    case .array: for element in value.elements { look(in: element) }
    case .object:
      // A pair of Workspace v3: its key is what elsewhere is the member's name.
      let pairName = value["type"] == nil ? nil : value["key"]?.string
      for member in value.members {
        let name = member.name
        visit(member.value, name == "value" ? pairName ?? name : name)
      }
    case .string, .number, .true, .false, .null: break
    }
  }

  private mutating func visit(_ value: JSONValue, _ name: String) {
    guard let field = Self.names[name], fields.contains(field) else { return look(in: value) }
    switch (field, value.kind) {
    case (.userData, .object), (.userData, .array): takeUserData(value)
    // Participants may be bare numbers.
    case (_, .array):
      for element in value.elements {
        if element.stringOrNumber == nil { look(in: element) } else { take(element, as: field) }
      }
    case (_, .object): look(in: value)
    default: take(value, as: field)
    }
  }

  private mutating func take(_ value: JSONValue, as field: PersonalField) {
    // Nothing, an empty text and a yes or no are nobody's.
    guard let text = value.stringOrNumber, !text.isEmpty else { return }
    if stage == .stored, text == Mark.text { return }
    add(value, field, witness: nil)
  }

  private mutating func takeUserData(_ value: JSONValue) {
    let isEmpty = value.raw.count == 2
    if isEmpty || (stage == .stored && Mark.isPlaceholder(value)) { return }
    add(value, .userData, witness: UserDataWitness.word(of: value))
  }

  private mutating func add(_ value: JSONValue, _ field: PersonalField, witness: [UInt8]?) {
    found.append(
      PersonalValue(
        field: field, range: value.raw.startIndex..<value.raw.endIndex, witness: witness))
  }
}

/// The switch's word for the recording state, which witnesses and is nobody's data.
enum UserDataWitness {
  static let name = "GSIP_RECORD"
  /// `"PAUSED"` is the longest that is known; a longer text may be somebody's.
  private static let sizeMaxBytes = 16

  /// As JSON; nil if there is none.
  static func word(of userData: JSONValue) -> [UInt8]? {
    var found = userData[name]
    for pair in userData.elements where pair["key"]?.isString(name) == true {
      found = pair["value"]
    }
    guard let found, found.kind == .string, found.sizeBytes <= sizeMaxBytes else { return nil }
    return Array(found.raw)
  }
}

/// What stands where a personal value was.
enum Mark {
  /// Of a number or a name.
  static let text = "(erased)"

  /// Of what was erased: a text stays a text, and of user data the witness stays.
  static func erased(_ value: PersonalValue, isText: Bool) -> [UInt8] {
    if isText { return Array("\"\(text)\"".utf8) }
    return JSONWriter.write { writer in
      writer.object { writer in
        writer.member("erased", true)
        if let witness = value.witness { writer.member(UserDataWitness.name, raw: witness) }
      }
    }
  }

  /// A commitment or a mark, and nothing else beside the witness.
  static func isPlaceholder(_ value: JSONValue) -> Bool {
    guard value.kind == .object else { return false }
    let names = value.members.map(\.name).filter { $0 != UserDataWitness.name }
    return names == ["erased"] || names == ["commitment"]
  }
}
