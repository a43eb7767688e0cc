import Bridge
package import Loop
import Reactor
package import Store

/// Keeps the newest checkpoint beside the store, away from the loop and not more often than once a
/// second: a burst of Stops, each of which is signed, costs no further sync of its own.
package final class CheckpointKeeper {
  /// What a kill may leave out: checkpoints of the last second, which the store itself has.
  static let pause = Duration.seconds(1)

  let file: KeptCheckpoint
  private let loop: EventLoop
  private let logger: Logger
  private var newest: SignedCheckpoint?
  private var writing: SignedCheckpoint?
  private var timer: (any ReactorTimer)?
  /// A write is under way, or was within the pause.
  private var isBusy = false
  private var isFailing = false
  private var isClosed = false

  package init(_ file: KeptCheckpoint, loop: EventLoop, logger: Logger) {
    self.file = file
    self.loop = loop
    self.logger = logger
    timer = loop.makeTimer { [unowned self] in next() }
  }

  /// On disk soon; of several the newest.
  func keep(_ checkpoint: SignedCheckpoint) {
    newest = checkpoint
    if !isBusy { next() }
  }

  /// On disk when it returns.
  func keepNow(_ checkpoint: SignedCheckpoint) throws(StoreError) {
    newest = checkpoint
    writing = checkpoint
    try file.write(checkpoint.note, size: checkpoint.size)
  }

  /// The end: the newest one is on disk, if that can be.
  func finish() {
    guard let newest else { return }
    do throws(StoreError) { try keepNow(newest) } catch { report(error) }
  }

  /// Writes nothing any more.
  func close() {
    isClosed = true
    timer?.cancel()
    timer = nil
  }

  private func next() {
    isBusy = false
    guard let newest, newest != writing else { return }
    isBusy = true
    writing = newest
    let file = file
    loop.runApart { () throws(StoreError) in
      try file.write(newest.note, size: newest.size)
    } completion: { [weak self] error in
      self?.ended(error)
    }
  }

  private func ended(_ error: StoreError?) {
    guard !isClosed else { return }
    report(error)
    timer?.start(after: Self.pause)
  }

  /// Once when it begins to fail: the next checkpoint is another try.
  private func report(_ error: StoreError?) {
    defer { isFailing = error != nil }
    guard let error, !isFailing else { return }
    logger.log(.error, "checkpoint-not-kept", [("reason", error.description)])
  }
}
