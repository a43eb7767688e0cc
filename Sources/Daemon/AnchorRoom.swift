import Bridge
import Configuration
import JSON
import Loop
import Reactor

/// The anchors of the configuration, in its order.
final class AnchorRoom {
  /// How long a daemon that ends waits for its last checkpoint to be kept.
  static let finishLimit = Duration.seconds(1)

  private let desks: [AnchorDesk]
  private let loop: EventLoop
  private var limit: (any ReactorTimer)?

  /// - Parameter stamped: a timestamp has come and been verified.
  init(
    _ anchors: [Anchor], loop: EventLoop, logger: Logger,
    stamped: @escaping (StampedCheckpoint) -> Void
  ) {
    self.loop = loop
    desks = anchors.map { anchor in
      let receiver: any AnchorReceiver =
        switch anchor.destination {
        case .file(let path): FileAnchor(path, loop: loop)
        case .command(let words): CommandAnchor(anchor.name, words, loop: loop, logger: logger)
        case .timestamp(let authority):
          TimestampAnchor(anchor.name, authority, loop: loop, stamped: stamped)
        }
      return AnchorDesk(anchor.name, receiver: receiver, loop: loop, logger: logger)
    }
  }

  /// A checkpoint is on disk.
  func take(_ checkpoint: SignedCheckpoint) { for desk in desks { desk.take(checkpoint) } }

  /// The anchors that keep nothing now, each with the reason.
  var problems: [(anchor: String, problem: String)] {
    desks.compactMap { desk in desk.problem.map { (desk.name, $0) } }
  }

  /// `{"anchors": [...]}`.
  var document: [UInt8] {
    JSONWriter.write { writer in
      writer.object { writer in
        writer.member(
          "anchors", array: { list in for desk in desks { list.object { desk.write(to: &$0) } } })
      }
    }
  }

  /// No newer checkpoint comes. Closes, and calls `done`, once the last one is kept everywhere, or
  /// after ``finishLimit``.
  func finish(_ done: @escaping () -> Void) {
    var left = desks.count
    let end = { [self] in
      guard limit != nil else { return }
      close()
      done()
    }
    limit = loop.makeTimer(onFire: end)
    limit?.start(after: Self.finishLimit)
    if left == 0 { return end() }
    for desk in desks {
      desk.finish {
        left -= 1
        if left == 0 { end() }
      }
    }
  }

  /// Idempotent.
  func close() {
    limit?.cancel()
    limit = nil
    for desk in desks { desk.close() }
  }
}
