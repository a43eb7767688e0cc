import Crypto
import Foundation
import JSON
import Privacy
import Testing

let everyField = PrivacySettings(
  fields: [.phoneNumbers: .seconds(3), .userData: .seconds(1), .fileNames: .seconds(2)])

func hash(_ bytes: [UInt8]) -> [UInt8] { SHA256.hash(bytes) }

func commitments(_ settings: PrivacySettings = everyField, seed: UInt8 = 7) -> Commitments {
  let secret = [UInt8](repeating: seed, count: Salts.secretSizeBytes)
  return Commitments(
    settings, salts: Salts(secret: secret, sha256: { hash($0) }), sha256: { hash($0) })
}

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// The `data` of every notification about a call that is kept as a fixture, by its file.
func fixtures() throws -> [(file: String, data: [UInt8])] {
  let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../Fixtures/notifications")
  return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().compactMap {
    let message = try JSONValue.parse(Array(Data(contentsOf: folder.appendingPathComponent($0))))
    guard let data = message["data"], data["call"] != nil else { return nil }
    return (file: $0, data: Array(data.raw))
  }
}

/// An entry as the bridge writes it, of a command that this notification confirmed.
func record(_ raw: [UInt8]) -> [UInt8] {
  Array(#"{"cursor":"s.7","type":"recbridge.command.v1","agent":"alice","evidence":"#.utf8)
    + Array(#"{"kind":"notification","recordingFile":"c1_15000_15001_x"},"raw":"#.utf8) + raw
    + Array("}".utf8)
}

/// SplitMix64: the same seed gives the same run everywhere.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// JSON with names that count and names that do not, in any nesting, spelling and spacing.
struct RandomRecord {
  private var random: SeededGenerator
  private static let names = [
    "phoneNumber", "participants", "dnis", "userData", "attributes", "GSIP_REC_FN", "GSIP_RECORD",
    "recordingFile", "digits", "call", "raw", "key", "type", "value", "x", "ph\\u006fneNumber",
    "commitment", "erased",
  ]
  private static let scalars = [
    #""+15550123""#, #""""#, "15550123", "null", "true", #""a \"quoted\" {\"commitment\":\" text""#,
    #""\ud83d\ude00é""#, #""ON""#, "-1.5e3",
  ]

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  mutating func text(depth: Int = 0) -> String {
    let space = ["", "", " ", "\n\t"].randomElement(using: &random) ?? ""
    let kind = Int.random(in: 0..<(depth > 4 ? 1 : 4), using: &random)
    switch depth == 0 ? 2 : kind {
    case 1:
      let elements = (0..<Int.random(in: 0...3, using: &random)).map { _ in text(depth: depth + 1) }
      return "[" + space + elements.joined(separator: ",") + space + "]"
    case 2, 3:
      let members = (0..<Int.random(in: 0...5, using: &random)).map { _ in
        let name = Self.names.randomElement(using: &random) ?? ""
        return "\"\(name)\":\(space)\(text(depth: depth + 1))"
      }
      return "{" + members.joined(separator: space + ",") + space + "}"
    default: return Self.scalars.randomElement(using: &random) ?? ""
    }
  }
}

/// How many seeds: each is some microseconds of work.
var seedCount: Int {
  Int(ProcessInfo.processInfo.environment["RECBRIDGE_SEEDS"] ?? "") ?? 1000
}
