import Evidence
import JSON
import Store

/// Whether a store that was found may be signed for: it holds what the newest checkpoint in it, and
/// the one that is kept beside it, were signed of, by our key or the one that has signed for ours.
///
/// That is looked at in the tree as stored. Whether each record still hashes to its leaf would take
/// a read of the whole store, and is for `recbridge audit verify`.
struct NotaryCheck {
  private let store: Store
  /// Where the kept checkpoint stands.
  private let path: String
  /// Our key, and the one before.
  private var signers: [VerifierKey]
  /// The newest start with a key that is on record, by number, and whether it kept a checkpoint.
  private var starts: [(entry: Int64, keeps: Bool)] = []

  init(_ store: Store, _ key: AuditKey, keptAt path: String) throws(StoreError) {
    self.store = store
    self.path = path
    signers = [key.verifier]
    var named: [VerifierKey] = []
    var starts = starts
    try store.forEachDaemonEntry { (entry) throws(StoreError) in
      guard let key = entry.namedKey else { return }
      named.append(key)
      starts.append((entry.number, Self.keeps(entry)))
    }
    self.starts = starts
    signers += named.filter { key.endorsement?.finding(of: $0) == .valid }
  }

  /// Starts of before checkpoints were kept do not say what they found unsigned.
  private static func keeps(_ start: StoredEntry) -> Bool {
    (try? JSONValue.parse(start.record))?["unsigned"] != nil
  }

  /// Why nothing may be signed; nil if all is well.
  ///
  /// - Parameters:
  ///   - latest: the newest checkpoint in the store.
  ///   - kept: the note beside it.
  func problem(latest: StoredCheckpoint?, kept: String?) throws(StoreError) -> StoreError? {
    if let latest {
      let place = "checkpoint \(latest.sequence)"
      if let cause = try distrust(latest.note, place, size: latest.size) {
        return StoreError(
          .damaged, operation: "sign", subject: "entries 1 to \(latest.size)", cause: cause,
          nextStep: "keep a copy of the store and check it with recbridge audit verify")
      }
    }
    if let kept {
      return try distrust(kept, "the checkpoint beside the store", size: nil).map(keptProblem)
    }
    guard let latest, starts.last(where: { $0.entry <= latest.size })?.keeps == true else {
      return nil
    }
    return keptProblem("it is missing, and the store has checkpoints")
  }

  /// What is wrong with a note, or with the store as seen from it.
  private func distrust(
    _ text: String, _ place: String, size: Int64?
  ) throws(StoreError) -> String? {
    guard let note = SignedNote(text), let checkpoint = Checkpoint(text: note.text) else {
      return "\(place) is no signed checkpoint"
    }
    guard signers.contains(where: { note.finding(of: $0) == .valid }) else {
      return "\(place) is signed neither by audit.key nor by the key that has signed for it"
    }
    guard checkpoint.size <= store.lastEntryNumber else {
      return "\(place) was signed of \(checkpoint.size) entries, and the store ends with"
        + " \(store.lastEntryNumber)"
    }
    guard try store.root(size: checkpoint.size, EntryHashing.hasher) == checkpoint.root,
      size == nil || size == checkpoint.size
    else { return "they are not what \(place) was signed of" }
    return nil
  }

  private func keptProblem(_ cause: String) -> StoreError {
    StoreError(
      .damaged, operation: "sign behind", subject: path, cause: cause,
      nextStep: "keep a copy of the store and check it with recbridge audit verify \(store.path)"
        + " --checkpoint \(path); if it is a backup that was restored, or a new store, put its own"
        + " newest checkpoint there (recbridge audit checkpoint --store \(store.path)), or remove"
        + " that file if it has none, and restart")
  }
}
