package import Bridge
import Evidence
import JSON
package import Store

/// Signs the tree of the store, and nothing that has not been read back and hashed again.
///
/// That is done on another thread: a store that was never signed may hold millions of entries, and
/// a Stop has to leave meanwhile. One reading at a time; what is committed during it is covered by
/// the next.
package final class Notary {
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
  private var reading = Reading.none
  /// Why nothing is signed any more; nil while all is well.
  package private(set) var problem: StoreError?

  private enum Reading {
    /// Can go to `underway`.
    case none
    /// Can go to `none`, and to `overtaken` when there is more to sign.
    case underway
    /// Goes to `underway` again when the reading ends.
    case overtaken
  }

  /// A store that was changed while nobody looked after it must not be signed for, see
  /// ``NotaryCheck``.
  package init(
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

  /// Has a checkpoint made of everything that is committed by now, and hands it to `signed`; not if
  /// there is nothing new, or something is not what was written.
  package func sign(
    runOffLoop: @escaping Store.OffLoop, signed: @escaping (SignedCheckpoint) -> Void
  ) {
    guard problem == nil, store.lastEntryNumber > signedSize else { return }
    guard reading == .none else { return reading = .overtaken }
    do throws(StoreError) {
      try store.verifyRoot(since: signedSize, runOffLoop: runOffLoop) { [self] size, root in
        let isOvertaken = reading == .overtaken
        reading = .none
        if let checkpoint = checkpoint(of: root, size) { signed(checkpoint) }
        if isOvertaken { sign(runOffLoop: runOffLoop, signed: signed) }
      }
      reading = .underway
    } catch {
      refuse(error)
    }
  }

  /// The last word, at once: nobody waits for the loop any more. What is still being read comes too
  /// late then, and is signed here.
  package func signNow() -> SignedCheckpoint? {
    guard problem == nil, store.lastEntryNumber > signedSize else { return nil }
    let root = Result { () throws(StoreError) in try store.verifiedRoot(since: signedSize) }
    return checkpoint(of: root, store.lastEntryNumber)
  }

  private func checkpoint(
    of root: Result<Digest, StoreError>, _ size: Int64
  ) -> SignedCheckpoint? {
    guard problem == nil, size > signedSize else { return nil }
    do throws(StoreError) {
      let name = key.verifier.name
      let checkpoint = Checkpoint(origin: name, size: size, root: try root.get())
      let signed = SignedCheckpoint(
        origin: name, size: size, note: key.sign(checkpoint.text).description)
      try keep(signed)
      signedSize = size
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
  package func close() { keeper.close() }

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
