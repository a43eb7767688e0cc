import Feeds
import Loop
import Outlets
import Synchronization

/// Events as lines of a file, written away from the loop.
final class FileReceiver: FeedReceiver {
  private let file: LineFile
  private let loop: EventLoop
  private var isClosed = false

  init(_ file: LineFile, loop: EventLoop) {
    self.file = file
    self.loop = loop
  }

  func deliver(_ batch: [FeedEvent], completion: @escaping (DeliveryFailure?) -> Void) {
    let lines = batch.map(\.line)
    let now = loop.wallClock
    let file = file
    let box = OutcomeBox()
    loop.runOffLoop {
      do throws(OutletError) {
        try file.append(lines, at: now)
      } catch {
        box.set(error)
      }
    } completion: { [weak self] in
      guard let self, !isClosed else { return }
      completion(box.error.map { DeliveryFailure(reason: $0.description) })
    }
  }

  func reopen() { file.reopen() }

  func close() { isClosed = true }
}

/// What went wrong on the worker, handed to the loop.
private final class OutcomeBox: Sendable {
  private let value = Mutex<OutletError?>(nil)

  func set(_ error: OutletError) { value.withLock { $0 = error } }
  var error: OutletError? { value.withLock { $0 } }
}
