extension Store {
  /// Rows that one call of `events` looks at: some 0.3 ms of reading, so that one reader delays
  /// nobody else's turn.
  package static let scanMax = 256

  /// Bytes of lines after which a page ends early: lines may be large, and pages are many.
  package static let pageSizeMaxBytes = 1 << 20

  /// The next matching events after a sequence, of which `nextAfter` says how far was looked.
  ///
  /// `after` is exclusive: an event with that sequence is never returned, and passing `nextAfter`
  /// on neither skips nor repeats one. At most `scanMax` rows are looked at, so a page may be empty
  /// although later events match; only `nextAfter == after` means that there is nothing newer. An
  /// `after` before `firstSequence - 1` begins there: whether that is a loss the caller decides.
  package func events(after: Int64, limit: Int, matching filter: EventFilter = EventFilter())
    throws(StoreError) -> EventPage
  {
    if access.isReading { try refreshBounds() }
    guard filter.types.count <= EventFilter.typesMax else {
      throw refusal("read", "events", "more than \(EventFilter.typesMax) types were asked for")
    }
    let from = max(after, firstSequence - 1)
    guard from < lastSequence, limit > 0 else { return EventPage(events: [], nextAfter: after) }
    let upTo = lastSequence - from > Self.scanMax ? from + Int64(Self.scanMax) : lastSequence
    let statement = try use().eventPage(types: filter.types.count)
    statement.bind(1, from)
    statement.bind(2, upTo)
    statement.bind(3, filter.call)
    statement.bind(4, filter.agent)
    statement.bind(5, Int64(min(limit, Self.scanMax)))
    for (index, type) in filter.types.enumerated() { statement.bind(Int32(index) + 6, type) }
    return try page(statement, upTo, limit)
  }

  private func page(_ statement: Statement, _ upTo: Int64, _ limit: Int) throws(StoreError)
    -> EventPage
  {
    defer { statement.reset() }
    var events: [StoredEvent] = []
    var sizeBytes = 0
    do throws(StoreError) {
      while try statement.step() {
        let event = try StoredEvent.read(statement)
        events.append(event)
        sizeBytes += event.line.count
        if events.count == limit || sizeBytes >= Self.pageSizeMaxBytes {
          return EventPage(events: events, nextAfter: event.sequence)
        }
      }
    } catch {
      // A row that cannot be read fails the page that begins with it, and keeps none back from
      // anybody that is before it.
      guard let last = events.last else { throw error }
      return EventPage(events: events, nextAfter: last.sequence)
    }
    return EventPage(
      events: events, nextAfter: events.isEmpty ? try lastMissing(after: upTo) : upTo)
  }

  /// The last sequence from `sequence` on before the next event that is there: where somebody has
  /// put one far behind the others, nobody has to walk there.
  private func lastMissing(after sequence: Int64) throws(StoreError) -> Int64 {
    guard sequence < lastSequence else { return sequence }
    let statement = try use().nextEvent
    statement.bind(1, sequence)
    let next = try statement.row { $0.optionalInteger(at: 0) } ?? nil
    return next.map { $0 - 1 } ?? sequence
  }

  /// The command with this id as it stands now; nil if there is none.
  package func command(_ id: String) throws(StoreError) -> StoredCommand? {
    try commands("WHERE id = ?", id).first
  }

  /// The command that was asked with this idempotency key; nil if there is none.
  package func command(key: String) throws(StoreError) -> StoredCommand? {
    try commands("WHERE key = ?", key).first
  }

  /// Commands without a final grade, oldest first.
  package func openCommands() throws(StoreError) -> [StoredCommand] {
    try commands("WHERE is_open = 1 ORDER BY number")
  }

  /// The newest `limit` of the worklist, the newest first: pauses and stops that are not confirmed
  /// and, unless `withAcknowledged`, that nobody has seen to.
  package func exceptions(
    limit: Int, withAcknowledged: Bool = false
  ) throws(StoreError) -> [StoredCommand] {
    let open = withAcknowledged ? "" : " AND is_acknowledged = 0"
    return try commands(
      "WHERE is_exception = 1\(open) ORDER BY number DESC LIMIT \(max(0, limit))")
  }

  /// The wall clock of an event, in microseconds since 1970 UTC; nil if it is not there.
  package func wallMicroseconds(ofEvent sequence: Int64) throws(StoreError) -> Int64? {
    guard sequence >= firstSequence, sequence <= lastSequence else { return nil }
    return try events(after: sequence - 1, limit: 1).events.first?.wallMicroseconds
  }

  /// Up to `limit` commands that come after the one with the id `after`, in `order`.
  package func commands(limit: Int, after: String? = nil, order: CommandOrder = .oldestFirst)
    throws(StoreError) -> [StoredCommand]
  {
    let beyond = order == .oldestFirst ? ">" : "<"
    let direction = order == .oldestFirst ? "ASC" : "DESC"
    guard let after else {
      return try commands("ORDER BY number \(direction) LIMIT \(limit)")
    }
    guard try command(after) != nil else {
      throw refusal("list", "commands", "there is no command \(after) to begin after")
    }
    let place = "(SELECT number FROM commands WHERE id = ?)"
    return try commands(
      "WHERE number \(beyond) \(place) ORDER BY number \(direction) LIMIT \(limit)", after)
  }

  /// The newest `limit` commands, the newest first, and what is wrong with those among them that
  /// cannot be read.
  package func readableCommands(
    limit: Int
  ) throws(StoreError) -> (commands: [StoredCommand], damage: [StoreError]) {
    var commands: [StoredCommand] = []
    var damage: [StoreError] = []
    try use().connection.prepare(
      "SELECT \(StoredCommand.columns) FROM commands ORDER BY number DESC LIMIT \(limit)",
      StoredCommand.table
    ).forEachRow { (statement) throws(StoreError) in
      do throws(StoreError) {
        commands.append(try StoredCommand.read(statement))
      } catch {
        damage.append(error)
      }
    }
    return (commands, damage)
  }

  private func commands(_ clause: String, _ parameter: String? = nil) throws(StoreError)
    -> [StoredCommand]
  {
    let statement = try use().connection.prepare(
      "SELECT \(StoredCommand.columns) FROM commands \(clause)", "commands")
    if let parameter { statement.bind(1, parameter) }
    return try statement.rows(StoredCommand.read)
  }

  /// All live calls, by agent and call.
  package func calls() throws(StoreError) -> [StoredCall] {
    try all("ORDER BY agent, call")
  }

  /// All sessions, by agent.
  package func sessions() throws(StoreError) -> [StoredSession] {
    try all("ORDER BY agent")
  }

  /// Audit entries with a number greater than `after`, in order.
  package func entries(after: Int64, limit: Int) throws(StoreError) -> [StoredEntry] {
    try all("WHERE number > \(after) ORDER BY number LIMIT \(limit)")
  }

  /// Quarantined messages with a sequence greater than `after`, in order.
  package func quarantine(after: Int64, limit: Int) throws(StoreError) -> [StoredQuarantine] {
    try all("WHERE sequence > \(after) ORDER BY sequence LIMIT \(limit)")
  }

  func all<R: Row>(_ clause: String) throws(StoreError) -> [R] {
    try use().connection.prepare("SELECT \(R.columns) FROM \(R.table) \(clause)", R.table)
      .rows(R.read)
  }
}
