import JSON

/// What must be true of the reader for any bytes at all; the seeded tests and the fuzzer ask it.
enum Invariants {
  /// What is not as promised, or nil.
  static func violation(_ bytes: [UInt8]) -> String? {
    let expected = ReferenceReader.read(bytes)
    if let violation = walked(bytes) { return violation }
    do throws(JSONError) {
      let value = try JSONValue.parse(bytes)
      guard let expected else { return "accepts what the grammar rejects" }
      if let violation = accepted(value, bytes, expected) { return violation }
    } catch {
      guard expected == nil else { return "rejects what the grammar accepts: \(error)" }
      if let violation = rejected(error, bytes) { return violation }
    }
    return salvaged(JSONValue.salvage(bytes), bytes)
  }

  /// A walk over the members shows and refuses what the reader does, byte for byte.
  private static func walked(_ bytes: [UInt8]) -> String? {
    var names: [ArraySlice<UInt8>] = []
    var values: [ArraySlice<UInt8>] = []
    var refusal: JSONError?
    do throws(JSONError) {
      try JSONValue.forEachMember(of: bytes.span) { name, value in
        names.append(bytes[name])
        values.append(bytes[value])
        return true
      }
    } catch { refusal = error }
    do throws(JSONError) {
      let members = Array(try JSONValue.parse(bytes).members)
      let isSame = names == members.map(\.key.raw) && values == members.map(\.value.raw)
      return isSame && refusal == nil ? nil : "the walk shows other members"
    } catch {
      return refusal == error ? nil : "the walk says \(String(describing: refusal)) to \(error)"
    }
  }

  private static func accepted(
    _ value: JSONValue, _ bytes: [UInt8], _ expected: Model
  ) -> String? {
    guard value.raw == trimmed(bytes) else { return "the raw bytes are not the text's" }
    guard Model(value) == expected else { return "means something else" }
    let written = JSONWriter.write { expected.write(to: &$0) }
    guard let again = try? JSONValue.parse(written), Model(again) == expected else {
      return "does not survive the writer"
    }
    let line = JSONWriter.write { $0.value(value) }
    guard !line.contains(0x0A), !line.contains(0x0D), line.count == value.raw.count,
      let spliced = try? JSONValue.parse(line), Model(spliced) == expected
    else { return "does not survive being spliced" }
    return nil
  }

  private static func rejected(_ error: JSONError, _ bytes: [UInt8]) -> String? {
    guard (0...bytes.count).contains(error.offset) else { return "offset outside: \(error)" }
    if error.reason == .endOfText {
      return error.offset == bytes.count ? nil : "the text does not end there: \(error)"
    }
    // What stands in front of the error begins a valid text.
    do throws(JSONError) {
      _ = try JSONValue.parse(Array(bytes[..<error.offset]))
    } catch let cut {
      if cut.reason != .endOfText { return "\(error), but in front of it already: \(cut)" }
    }
    return nil
  }

  /// Every byte is in one piece, or is white space, a byte order mark in front, or the punctuation
  /// of the one array.
  private static func salvaged(_ pieces: [JSONPiece], _ bytes: [UInt8]) -> String? {
    if pieces.count == 1, piece(pieces[0]) == trimmed(bytes) || piece(pieces[0]) == bytes[...] {
      return nil
    }
    var gaps: [[UInt8]] = []
    var position = trimmed(bytes).startIndex
    for slice in pieces.map(piece) {
      guard slice.startIndex >= position else { return "a piece overlaps the one before it" }
      gaps.append(bytes[position..<slice.startIndex].filter { !isSpace($0) })
      position = slice.endIndex
    }
    let end = bytes[position...].filter { !isSpace($0) }
    let marks =
      gaps.map { String(decoding: $0, as: UTF8.self) } + [String(decoding: end, as: UTF8.self)]
    if pieces.isEmpty { return marks == ["[]"] ? nil : "dropped something: \(marks)" }
    guard marks[0] == "[" || marks[0] == "[]" && pieces.count == 1 else {
      return "dropped something in front: \(marks)"
    }
    for (index, mark) in marks.enumerated().dropFirst().dropLast() where mark != "," {
      let isLast = index == pieces.count - 1
      guard isLast, mark == "]" || mark == "" else { return "dropped something between: \(marks)" }
    }
    let last = marks[marks.count - 1]
    guard last == "]" || last == "" || last == "," else { return "dropped at the end: \(marks)" }
    return nil
  }

  private static func piece(_ piece: JSONPiece) -> ArraySlice<UInt8> {
    switch piece {
    case .value(let value): value.raw
    case .malformed(let bytes, _): bytes
    }
  }

  private static func isSpace(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }

  private static func trimmed(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
    var slice = bytes[...]
    if slice.starts(with: [0xEF, 0xBB, 0xBF]) { slice = slice.dropFirst(3) }
    slice = slice.drop(while: isSpace)
    while let last = slice.last, isSpace(last) { slice = slice.dropLast() }
    return slice
  }
}
