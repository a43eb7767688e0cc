import Feeds
import Loop
import Outlets

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
    loop.runOffLoop({ () throws(OutletError) in try file.append(lines, at: now) }) {
      [weak self] outcome in
      guard let self, !isClosed else { return }
      completion(outcome.failure.map { DeliveryFailure(reason: $0.description) })
    }
  }

  func reopen() { file.reopen() }

  func close() { isClosed = true }
}
