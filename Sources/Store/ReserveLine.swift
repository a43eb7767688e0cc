/// A record of the reserve as one line of JSON: `{"crc32c":"0a1b2c3d","record":{…}}`, where the
/// eight digits are the CRC-32C of the record's bytes, so that a torn line is seen as such.
enum ReserveLine {
  private static let before = Array(#"{"crc32c":""#.utf8)
  private static let between = Array(#"","record":"#.utf8)
  private static let after = Array("}".utf8)
  private static let digits = 8

  /// What a line has beside its record, the line break included.
  static let overheadBytes = before.count + digits + between.count + after.count + 1

  static func encode(_ record: [UInt8]) -> [UInt8] {
    precondition(isOneLine(record), "a record of the reserve is one line")
    return before + checksum(record) + between + record + after + [0x0A]
  }

  /// The record of a line without its line break; nil if it is not exactly what was written.
  static func decode(_ line: [UInt8]) -> [UInt8]? {
    let start = before.count + digits + between.count
    guard line.count > start + after.count, line.starts(with: before), isOneLine(line) else {
      return nil
    }
    let record = Array(line[start..<(line.count - after.count)])
    return encode(record).dropLast() == line[...] ? record : nil
  }

  private static func isOneLine(_ bytes: [UInt8]) -> Bool {
    !bytes.contains { $0 == 0x0A || $0 == 0 }
  }

  private static func checksum(_ record: [UInt8]) -> [UInt8] {
    var sum = Checksum()
    sum.addBytes(record.span)
    let text = String(sum.value, radix: 16)
    return Array((String(repeating: "0", count: digits - text.utf8.count) + text).utf8)
  }
}
