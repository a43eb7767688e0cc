import Bridge
import Evidence
import Store

/// Signs the tree of the store, and nothing that it has not read back and hashed again.
final class Notary {
  private let store: Store
  private let key: AuditKey
  private let logger: Logger
  /// How many entries the newest checkpoint covers.
  private(set) var signedSize: Int64 = 0
  /// Why nothing is signed any more; nil while all is well.
  private(set) var problem: StoreError?

  init(_ store: Store, _ key: AuditKey, logger: Logger) throws(StoreError) {
    self.store = store
    self.key = key
    self.logger = logger
    guard let latest = try store.latestCheckpoint() else { return }
    signedSize = latest.size
    // A store that was changed while nobody looked after it must not be signed for.
    let signed = SignedNote(latest.note).flatMap { Checkpoint(text: $0.text) }
    guard let signed, signed.size == latest.size, signed.size <= store.lastEntryNumber,
      try store.root(size: signed.size, EntryHashing.hasher) == signed.root
    else {
      refuse(
        StoreError(
          .damaged, operation: "sign", subject: "entries 1 to \(latest.size)",
          cause: "they are not what checkpoint \(latest.sequence) was signed of",
          nextStep: "keep a copy of the store and check it with recbridge audit verify"))
      return
    }
  }

  /// A checkpoint of everything that is committed; nil if there is nothing new, or something is not
  /// what was written.
  func sign() -> SignedCheckpoint? {
    guard problem == nil, store.lastEntryNumber > signedSize else { return nil }
    do throws(StoreError) {
      let root = try store.verifiedRoot(since: signedSize)
      let name = key.verifier.name
      let checkpoint = Checkpoint(origin: name, size: store.lastEntryNumber, root: root)
      signedSize = checkpoint.size
      return SignedCheckpoint(
        origin: name, size: checkpoint.size, note: key.sign(checkpoint.text).description)
    } catch {
      if error.kind == .damaged {
        refuse(error)
      } else {
        // Next time: what is not signed now is signed then.
        logger.log(.error, "checkpoint-failed", [("reason", error.description)])
      }
      return nil
    }
  }

  private func refuse(_ error: StoreError) {
    problem = error
    logger.log(.error, "checkpoint-refused", [("reason", error.description)])
  }
}
