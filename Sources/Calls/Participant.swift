package import JSON

/// Somebody on a call, as far as the platform tells.
///
/// Three shapes are read: a bare text (2013 to 2015, with `participantsInfo` beside it), an object
/// with `phoneNumber`, and Workspace v3's object with `number` and `role`.
package struct Participant: Equatable, Sendable {
  /// The number as the switch knows it.
  package var phoneNumber: String?
  /// The number as people read it.
  package var formattedPhoneNumber: String?
  /// The number with country code.
  package var e164Number: String?
  /// The number without anything but digits.
  package var digits: String?
  /// Workspace v3's word for the part that this party has in the call.
  package var role: String?

  /// Writes one object; absent members are left out.
  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("phoneNumber", phoneNumber)
      writer.member("formattedPhoneNumber", formattedPhoneNumber)
      writer.member("e164Number", e164Number)
      writer.member("digits", digits)
      writer.member("role", role)
    }
  }

  /// Nil for a value that is neither a text nor an object: nobody could say who that is.
  init?(_ value: JSONValue) {
    if let text = value.stringOrNumber {
      phoneNumber = text
      return
    }
    guard let reader = try? MemberReader(value, path: "participant") else { return nil }
    phoneNumber = reader.lenientText("phoneNumber") ?? reader.lenientText("number")
    formattedPhoneNumber = reader.lenientText("formattedPhoneNumber")
    e164Number = reader.lenientText("e164Number") ?? reader.lenientText("E164digits")
    digits = reader.lenientText("digits")
    role = reader.lenientText("role")
  }

  /// Everybody on the call; `participantsInfo` fills in, place by place, what the texts leave out.
  static func list(of call: MemberReader) -> [Participant] {
    let named = call["participants"].map { $0.elements.compactMap(Participant.init) } ?? []
    let infos = call["participantsInfo"].map { $0.elements.compactMap(Participant.init) } ?? []
    var merged = named
    for (index, info) in infos.enumerated() {
      guard index < merged.count else {
        merged.append(info)
        continue
      }
      merged[index].formattedPhoneNumber =
        merged[index].formattedPhoneNumber ?? info.formattedPhoneNumber
      merged[index].e164Number = merged[index].e164Number ?? info.e164Number
      merged[index].digits = merged[index].digits ?? info.digits
    }
    return merged
  }
}
