import API
package import Evidence
package import Store

/// The audit's evidence, from the store.
extension SocketBackend {
  func checkpoint() throws -> String? {
    try read { (store) throws(StoreError) in try store.latestCheckpoint() }?.note
  }

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
    guard let latest = try latestCheckpoint(), latest.size >= number,
      let note = SignedNote(latest.note)
    else { return nil }
    return ProofFile(
      try inclusionProof(of: number, size: latest.size, EntryHashing.hasher), note)
  }
}
