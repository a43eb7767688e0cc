import Bridge
import Evidence
import JSON
import Store

/// Signs the tree of the store, and nothing that it has not read back and hashed again.
final class Notary {
  private let store: Store
  private let key: AuditKey
  private let keeper: CheckpointKeeper
  private let logger: Logger
  /// How many entries the newest checkpoint covers.
  private(set) var signedSize: Int64 = 0
  /// How many entries stood in the store behind its newest checkpoint when it was opened.
  private(set) var unsignedAtStart: Int64 = 0
  /// A checkpoint stands beside the store.
  private var isKept = false
  /// Why nothing is signed any more; nil while all is well.
  private(set) var problem: StoreError?

  /// A store that was changed while nobody looked after it must not be signed for, see
  /// ``NotaryCheck``.
  init(
    _ store: Store, _ key: AuditKey, keeper: CheckpointKeeper, logger: Logger
  ) throws(StoreError) {
    self.store = store
    self.key = key
    self.keeper = keeper
    self.logger = logger
    do throws(StoreError) {
      let latest = try store.latestCheckpoint()
      signedSize = latest?.size ?? 0
      unsignedAtStart = max(0, store.lastEntryNumber - signedSize)
      let kept = try keeper.file.read()
      isKept = kept != nil
      let check = try NotaryCheck(store, key, keptAt: keeper.file.path)
      if let problem = try check.problem(latest: latest, kept: kept) { refuse(problem) }
    } catch {
      guard error.kind == .damaged else { throw error }
      refuse(error)
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
      let signed = SignedCheckpoint(
        origin: name, size: checkpoint.size, note: key.sign(checkpoint.text).description)
      try keep(signed)
      signedSize = checkpoint.size
      return signed
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

  /// The last checkpoint was signed: it is beside the store when this returns, if that can be.
  func finish() { keeper.finish() }

  /// Writes nothing any more.
  func close() { keeper.close() }

  /// The first one before anybody has it: a store with checkpoints and none beside it is refused.
  private func keep(_ checkpoint: SignedCheckpoint) throws(StoreError) {
    if isKept { return keeper.keep(checkpoint) }
    try keeper.keepNow(checkpoint)
    isKept = true
  }

  private func refuse(_ error: StoreError) {
    problem = error
    logger.log(.error, "checkpoint-refused", [("reason", error.description)])
  }
}
