import Bridge
import Commands
import Configuration
import Glibc
import Privacy
import Store

/// What a start finds: the store, told of every outage before, or why there is none now.
struct EmergencyStart {
  let store: Store?
  /// Why the daemon runs without a store; nil if it has one.
  let failure: StoreError?
  let evidence: EmergencyEvidence

  /// Opens the store and tells it what the reserve, or the daemon before in this process, has on
  /// record. Throws only what no waiting mends: a store of somebody else, or none possible there.
  static func open(
    _ configuration: Configuration, logger: Logger, after former: EmergencyEvidence?,
    at now: Moment
  ) throws(DaemonError) -> EmergencyStart {
    let opened: Result<Store, StoreError> = Result { () throws(StoreError) in
      try Store.open(
        at: configuration.store,
        access: .writing(identityIfNew: Randomness.storeIdentity(), EntryHashing.hasher),
        settings: StoreSettings(configuration))
    }
    if case .failure(let error) = opened, !isOutage(error, configuration.store) {
      throw .store(error)
    }
    let evidence: EmergencyEvidence
    if let former { evidence = former } else { evidence = try fresh(configuration.store, logger) }
    do throws(StoreError) {
      let store = try opened.get()
      try tell(store, evidence, configuration, logger, at: now)
      return EmergencyStart(store: store, failure: nil, evidence: evidence)
    } catch {
      return EmergencyStart(store: nil, failure: error, evidence: evidence)
    }
  }

  /// Whether the store may come back without a change of the configuration.
  private static func isOutage(_ error: StoreError, _ path: String) -> Bool {
    switch error.kind {
    case .full, .inputOutput, .damaged: return true
    case .notWritable:
      // A folder that is not there is a mistake in the configuration, told at once.
      let slash = path.lastIndex(of: "/")
      let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
      // Safe: the path lives through the call.
      return unsafe access(folder, F_OK) == 0
    case .missing, .locked, .foreign, .newer, .older, .refused, .unusable: return false
    }
  }

  private static func fresh(
    _ path: String, _ logger: Logger
  ) throws(DaemonError) -> EmergencyEvidence {
    do throws(StoreError) {
      return EmergencyEvidence(reserve: try Reserve(storePath: path), logger: logger)
    } catch {
      if error.kind == .locked { throw .store(error) }
      logger.log(.error, "reserve-unavailable", [("reason", error.description)])
      return EmergencyEvidence(reserve: nil, logger: logger)
    }
  }

  /// Commits the story of the records in one transaction, unless an earlier process has done so.
  private static func tell(
    _ store: Store, _ evidence: EmergencyEvidence, _ configuration: Configuration,
    _ logger: Logger, at now: Moment
  ) throws(StoreError) {
    guard !evidence.records.isEmpty || evidence.lost > 0 else { return }
    if let head = evidence.head, head.store == store.identity, store.lastSequence > head.last {
      return evidence.told()
    }
    let untold = try evidence.untold { (id) throws(StoreError) in try store.command(id)?.record }
    var records: [EmergencyRecord] = []
    for record in untold { records.append(try named(record, in: store)) }
    evidence.setHead(EmergencyEvidence.Head(store: store.identity, last: store.lastSequence))
    let tale = Bridge.tale(
      of: records, lost: evidence.lost, site: configuration.site, store: store.identity,
      last: store.lastSequence, commitments: Commitments(configuration.privacy), at: now)
    try store.commit(tale.flatMap { Change.all($0, keepsake: { _ in nil }) })
    logger.log(
      .warning, "emergency-told",
      [
        ("records", String(records.count)), ("lost", String(evidence.lost)),
        ("latest", String(store.lastSequence)),
      ])
    evidence.told()
  }

  /// A key that a command of before the emergency has belongs to that one: without the store
  /// nobody could know. The log still shows with which key this one was asked.
  private static func named(
    _ record: EmergencyRecord, in store: Store
  ) throws(StoreError) -> EmergencyRecord {
    guard case .moved(let command, let time) = record, let key = command.key,
      let owner = try store.command(key: key), owner.id != command.id
    else { return record }
    return .moved(command.withoutKey(), at: time)
  }
}
