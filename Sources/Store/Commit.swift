import Evidence

extension Store {
  /// Writes all of `changes`, or none, in one transaction; durable when it returns.
  ///
  /// Events carry the next sequences in order; an entry and a quarantined message belong to an
  /// event among the same changes. After any error nothing of it was acknowledged. Two errors are
  /// harmless: `full`, and `locked`, when the transaction was rolled back. No sync had failed, so
  /// what is on disk is what was there before; `failure` stays nil, and the same changes may be
  /// committed again. After any other error every later commit throws: what the caller believes
  /// and what the disk holds may differ (a failed sync can leave either), so the process ends and
  /// reads the store again. A sync is never repeated.
  package func commit(_ changes: [Change]) throws(StoreError) {
    if let failure {
      throw StoreError(
        .unusable, operation: "commit to", subject: path,
        cause: "an earlier operation failed (\(failure.cause))", nextStep: failure.nextStep)
    }
    do throws(StoreError) {
      guard case .writing = access else {
        throw refusal("commit to", path, "it is open for reading")
      }
      if changes.isEmpty { return }
      try write(changes)
      prepared?.connection.wait(forLocks: StoreSettings.lockMilliseconds)
    } catch {
      if !isHarmless(error) { failure = error }
      // Whoever tries again does so on the same thread as everything else, and waits between.
      if error.kind == .locked { prepared?.connection.wait(forLocks: 0) }
      throw error
    }
  }

  /// SQLite reports `full` when a write found no space, before any sync, and `locked` when the
  /// transaction could not begin (sqlite.org/rescode.html); it is as if nothing had been tried.
  private func isHarmless(_ error: StoreError) -> Bool {
    guard error.kind == .full || error.kind == .locked else { return false }
    return prepared?.connection.isInTransaction == false
  }

  private func write(_ changes: [Change]) throws(StoreError) {
    let prepared = try use()
    let newSequences = try checkSequences(changes)
    var edge = edge
    try prepared.begin.run("begin a transaction in")
    do {
      for change in changes {
        try write(change, newSequences, &edge, prepared)
      }
      try prepared.commit.run("commit to")
    } catch {
      // SQLite may have rolled back already. What failed first is the news.
      if prepared.connection.isInTransaction { try? prepared.rollback.run("roll back") }
      throw error
    }
    lastSequence = newSequences.upperBound
    lastEntryNumber = edge.size
    self.edge = edge
    for case .removal(.events(let through)) in changes {
      firstSequence = max(firstSequence, through + 1)
    }
  }

  /// The sequences after which and up to which these changes append events.
  private func checkSequences(_ changes: [Change]) throws(StoreError) -> ClosedRange<Int64> {
    var next = lastSequence
    for case .event(let event) in changes {
      next += 1
      if event.sequence != next {
        throw refusal(
          "append to", "events", "sequence \(event.sequence) came where \(next) is next")
      }
    }
    return lastSequence...next
  }

  private func write(
    _ change: Change, _ newSequences: ClosedRange<Int64>, _ edge: inout RightEdge,
    _ prepared: Prepared
  ) throws(StoreError) {
    switch change {
    case .event(let event):
      try insert(event, prepared.insertEvent)
    case .command(let command):
      guard (1...max(1, newSequences.upperBound)).contains(command.sequence) else {
        throw refusal("write", "commands \(command.id)", "there is no event \(command.sequence)")
      }
      try insert(command, prepared.upsertCommand)
    case .call(let call):
      try insert(call, prepared.upsertCall)
    case .callEnded(let agent, let call):
      prepared.deleteCall.bind(1, agent)
      prepared.deleteCall.bind(2, call)
      try prepared.deleteCall.run("delete from")
    case .entry(var entry):
      try requireNew(entry.sequence, newSequences, "entries")
      entry.join(&edge, try hasher)
      try insert(entry, prepared.insertEntry)
      for var value in entry.clearValues {
        value.entry = entry.number
        try insert(value, prepared.insertClearValue)
      }
    case .quarantine(let message):
      try requireNew(message.sequence, newSequences, "quarantine")
      try insert(message, prepared.insertQuarantine)
    case .checkpoint(let checkpoint):
      try requireNew(checkpoint.sequence, newSequences, "checkpoints")
      guard checkpoint.size <= edge.size else {
        throw refusal(
          "append to", "checkpoints", "there are \(edge.size) entries, it covers \(checkpoint.size)"
        )
      }
      try insert(checkpoint, prepared.insertCheckpoint)
    case .session(let session):
      try insert(session, prepared.upsertSession)
    case .group(let group):
      guard (0...newSequences.upperBound).contains(group.sequence) else {
        throw refusal("write", "groups \(group.name)", "there is no event \(group.sequence)")
      }
      try insert(group, prepared.upsertGroup)
    case .groupRemoved(let name):
      prepared.deleteGroup.bind(1, name)
      try prepared.deleteGroup.run("delete from")
    case .removal(let removal):
      try remove(removal, newest: newSequences.upperBound, prepared)
    }
  }

  func insert(_ row: some Row, _ statement: Statement) throws(StoreError) {
    row.bind(to: statement)
    try statement.run("write to")
  }

  private func requireNew(_ sequence: Int64, _ range: ClosedRange<Int64>, _ table: String)
    throws(StoreError)
  {
    guard sequence > range.lowerBound, sequence <= range.upperBound else {
      throw refusal("append to", table, "event \(sequence) is not part of the same commit")
    }
  }

  /// A writer's.
  private var hasher: TreeHasher {
    get throws(StoreError) {
      guard case .writing(_, let hasher) = access else {
        throw refusal("commit to", path, "it is open for reading")
      }
      return hasher
    }
  }

  func refusal(_ operation: String, _ subject: String, _ cause: String) -> StoreError {
    StoreError(
      .refused, operation: operation, subject: subject, cause: cause,
      nextStep: "this is a defect of the caller: restart, and report it with this line")
  }
}
