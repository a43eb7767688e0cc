import Feeds
import Loop
import Outlets
import Reactor

/// Events as lines of a file, written away from the loop.
///
/// A file server that is away lets a write hang for as long as it pleases. The feed is told then,
/// and nothing else is begun until the write has returned, for two would mix their lines.
final class FileReceiver: FeedReceiver {
  typealias Append = @Sendable (_ lines: [[UInt8]], _ now: Duration) throws(OutletError) -> Void

  /// Slow disks pause for seconds, not for a minute.
  static let patience = Duration.seconds(60)

  private let path: String
  private let append: Append
  private let onReopen: () -> Void
  private let patience: Duration
  private let loop: EventLoop
  private var timer: (any ReactorTimer)?
  private var completion: ((DeliveryFailure?) -> Void)?
  private var isWriting = false
  /// To be written when the write that hangs has returned.
  private var next: [[UInt8]]?
  private var isClosed = false

  convenience init(_ file: LineFile, loop: EventLoop) {
    self.init(path: file.path, loop: loop) { (lines, now) throws(OutletError) in
      try file.append(lines, at: now)
    } onReopen: {
      file.reopen()
    }
  }

  /// - Parameter append: as `LineFile.append`; may hang.
  init(
    path: String, loop: EventLoop, patience: Duration = FileReceiver.patience,
    append: @escaping Append, onReopen: @escaping () -> Void
  ) {
    self.path = path
    self.append = append
    self.onReopen = onReopen
    self.patience = patience
    self.loop = loop
    timer = loop.makeTimer { [unowned self] in
      next = nil
      end("append to \(path): nothing was written for \(patience); its disk or file server hangs")
    }
  }

  func deliver(_ batch: [FeedEvent], completion: @escaping (DeliveryFailure?) -> Void) {
    self.completion = completion
    timer?.start(after: patience)
    if isWriting { next = batch.map(\.line) } else { write(batch.map(\.line)) }
  }

  private func write(_ lines: [[UInt8]]) {
    let now = loop.wallClock
    let append = append
    isWriting = true
    loop.runApart { () throws(OutletError) in
      try append(lines, now)
    } completion: { [weak self] error in
      self?.written(error)
    }
  }

  private func written(_ error: OutletError?) {
    isWriting = false
    if isClosed { return }
    // The feed has given up on what was written now, and wants it again.
    if let lines = next {
      next = nil
      return write(lines)
    }
    end(error?.description)
  }

  private func end(_ reason: String?) {
    timer?.stop()
    let completion = completion
    self.completion = nil
    completion?(reason.map { DeliveryFailure(reason: $0) })
  }

  func reopen() { onReopen() }

  func close() {
    isClosed = true
    timer?.cancel()
    timer = nil
    completion = nil
  }
}
