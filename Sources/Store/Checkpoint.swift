/// Whether a checkpoint is at work away from the loop. One at a time.
enum CheckpointState: Equatable {
  /// Can go to `running`.
  case idle
  /// Can go to `idle`, when the worker is done.
  case running
}

extension Store {
  /// Pages that the loop itself copies at the end of a checkpoint: 4 MB, some milliseconds.
  ///
  /// Only when the whole log has been copied does SQLite begin it anew, and while the worker
  /// copies, the loop appends. So the worker copies the bulk, and the loop the little that was
  /// added meanwhile. The blocking kinds of checkpoint would instead keep the loop waiting in
  /// `commit` for as long as they last (sqlite.org/c3ref/wal_checkpoint_v2.html).
  static let remainderMaxPages = 256

  /// A log this many times the threshold is copied on the loop whatever it costs: a pause is
  /// better than a disk that fills up.
  static let overgrownFactor = 8

  /// A log that somebody's open read keeps from being emptied is tried again after so much more.
  static let emptyLogPausePages = 64

  /// Begins a checkpoint if the log is large and none is at work; call it after commits.
  ///
  /// A checkpoint that is kept from finishing by somebody's open read, or by a full disk, is tried
  /// again when the log has grown by a quarter of the threshold: nothing of the log is given up
  /// before all of it is copied and synced. One that fails otherwise makes every later commit
  /// throw.
  package func checkpointIfNeeded(runOffLoop: OffLoop) {
    let threshold = min(nextCheckpointPages, emptyLogAtPages ?? .max)
    guard checkpointState == .idle, failure == nil, logSize.pages >= threshold else { return }
    checkpointState = .running
    let outcome = Outcome<CheckpointProgress>()
    let path = path
    runOffLoop({ outcome.set(Store.checkpoint(path)) }, { self.checkpointed(outcome.take()) })
  }

  /// What was removed is to leave the log as well: what is copied of it stays in its file until it
  /// is overwritten. ``checkpointIfNeeded(runOffLoop:)`` does it, once no reader is in the way.
  package func emptyLogSoon() { emptyLogAtPages = 1 }

  /// From now on what is removed is overwritten in the file, whatever the settings say.
  package func overwriteRemoved() throws(StoreError) {
    try use().connection.set("secure_delete", to: "ON", expecting: "1")
  }

  /// Whether ``emptyLogSoon()`` has been done.
  package var isLogEmptied: Bool { emptyLogAtPages == nil }

  /// On the worker: a connection of its own, opened and closed here.
  private static func checkpoint(_ path: String) -> Result<CheckpointProgress, StoreError> {
    Result { () throws(StoreError) in
      let connection = try Connection(path: path, mode: .readWrite)
      // A connection knows only after its first read that the file has a log.
      _ = try connection.integer("SELECT count(*) FROM sqlite_schema", path)
      return try connection.checkpoint()
    }
  }

  private func checkpointed(_ outcome: Result<CheckpointProgress, StoreError>?) {
    checkpointState = .idle
    // Closed meanwhile: nothing more is written, so nothing depends on it.
    guard let connection = try? use().connection, failure == nil, let outcome else { return }
    defer {
      if emptyLogAtPages != nil { emptyLogAtPages = logSize.pages + Self.emptyLogPausePages }
    }
    do {
      let progress = try outcome.get()
      let overgrown = logSize.pages >= Self.overgrownFactor * settings.checkpointThresholdPages
      let remainder = logSize.pages - max(0, progress.copiedPages)
      if remainder <= Self.remainderMaxPages || overgrown,
        try connection.checkpoint().isComplete
      {
        // The next commit begins the log anew and reports its size.
        logSize.pages = 0
        nextCheckpointPages = settings.checkpointThresholdPages
        if emptyLogAtPages != nil, try connection.emptyLog() { emptyLogAtPages = nil }
      } else if progress.isComplete {
        // Nobody was in the way, but much was added meanwhile: at once again, with less to copy.
        nextCheckpointPages = settings.checkpointThresholdPages
      } else {
        nextCheckpointPages = logSize.pages + max(1, settings.checkpointThresholdPages / 4)
      }
    } catch {
      if error.kind == .locked || error.kind == .full {
        nextCheckpointPages = logSize.pages + max(1, settings.checkpointThresholdPages / 4)
        return
      }
      failure = error
    }
  }
}
