import API
package import Evidence
package import Store

/// The audit's evidence, from the store.
extension SocketBackend {
  func checkpoint() throws -> String? {
    try read { (store) throws(StoreError) in try store.latestCheckpoint() }?.note
  }

  func anchors() -> [UInt8] { anchorRoom?.document ?? [] }

  func proof(ofEntry number: Int64) throws -> ProofView {
    try read { (store) throws(StoreError) in
      guard number <= store.lastEntryNumber else { return .absent }
      return try store.proofFile(ofEntry: number).map { .file($0.description) } ?? .unsigned
    }
  }
}

extension Store {
  /// The proof of an entry with the newest checkpoint, or nil while none covers it.
  package func proofFile(ofEntry number: Int64) throws(StoreError) -> ProofFile? {
    let latest = try latestCheckpoint().flatMap { SignedNote($0.note) }
    guard let latest else { return nil }
    return try proofFile(ofEntry: number, leadingTo: latest)
  }

  /// The proof of an entry with this checkpoint, or nil if that does not cover it.
  package func proofFile(
    ofEntry number: Int64, leadingTo note: SignedNote
  ) throws(StoreError) -> ProofFile? {
    guard let size = Checkpoint(text: note.text)?.size, size >= number else { return nil }
    return ProofFile(try inclusionProof(of: number, size: size, EntryHashing.hasher), note)
  }
}
