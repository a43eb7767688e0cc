import Crypto
import Evidence
import Foundation
import Testing

@testable import Store

/// A directory that disappears with its owner.
final class TemporaryDirectory {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "/recbridge-store-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit {
    do {
      try FileManager.default.removeItem(atPath: path)
    } catch {
      Issue.record("removing \(path): \(error)")
    }
  }

  var store: String { path + "/store.db" }
}

/// The hasher that the glue hands in.
var hasher: TreeHasher { TreeHasher { SHA256.hash($0, $1) } }

func openWriter(_ path: String, _ settings: StoreSettings = StoreSettings()) throws -> Store {
  try Store.open(
    at: path, access: .writing(identityIfNew: "identity-1", hasher), settings: settings)
}

/// Changes the file behind the store's back.
func edit(_ path: String, _ sql: String) throws {
  try Connection(path: path, mode: .readWrite).execute(sql, "edit", path)
}

/// The error of `body`; fails the test if there is none.
func storeError(_ body: () throws -> Void) throws -> StoreError {
  try #require(throws: StoreError.self, performing: body)
}

/// SplitMix64: the same seed gives the same run everywhere.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// How many seeds: each opens and syncs real files, so a twentieth of what pure machines run.
var seedCount: Int {
  max(1, (Int(ProcessInfo.processInfo.environment["RECBRIDGE_SEEDS"] ?? "") ?? 1000) / 20)
}

func event(
  _ sequence: Int64, type: String = "recbridge.call.v1", agent: String = "alice",
  call: String? = nil, size: Int = 300
) -> StoredEvent {
  StoredEvent(
    sequence: sequence, type: type, agent: agent, call: call,
    wallMicroseconds: 1_700_000_000_000_000 + sequence,
    // No two events alike: the number, over and over.
    line: (0..<size).map { UInt8(truncatingIfNeeded: sequence >> (8 * ($0 % 4))) })
}

func command(
  _ id: String, key: String? = nil, sequence: Int64, isOpen: Bool = true, isException: Bool = false,
  isAcknowledged: Bool = false
) -> StoredCommand {
  StoredCommand(
    id: id, key: key, agent: "alice", call: "c1", operation: "stop", status: "issued",
    grade: isOpen ? nil : "unconfirmed", isOpen: isOpen, isException: isException,
    isAcknowledged: isAcknowledged, issuedWallMicroseconds: 17, sequence: sequence,
    record: Array("{\"id\":\"\(id)\"}".utf8))
}

func entry(_ sequence: Int64) -> StoredEntry {
  StoredEntry(
    sequence: sequence, type: "recbridge.command.v1", wallMicroseconds: 99,
    record: Array("entry \(sequence)".utf8))
}
