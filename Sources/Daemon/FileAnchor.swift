import Bridge
import Loop
import Outlets

/// The newest checkpoint in a file that another host fetches.
final class FileAnchor: AnchorReceiver {
  let kind = "file"
  /// Two syncs each: what is signed more often than this is in the next one.
  let pause = Duration.seconds(1)
  let takesTheLast = true

  private let file: WholeFile
  private let loop: EventLoop
  private var isClosed = false

  init(_ path: String, loop: EventLoop) {
    file = WholeFile(path: path)
    self.loop = loop
  }

  func deliver(
    _ checkpoint: SignedCheckpoint, completion: @escaping (DeliveryFailure?) -> Void
  ) {
    let file = file
    loop.runApart { () throws(OutletError) in
      try file.replace(with: Array(checkpoint.note.utf8), number: checkpoint.size)
    } completion: { [weak self] error in
      guard let self, !isClosed else { return }
      completion(error.map { DeliveryFailure(reason: $0.description) })
    }
  }

  func close() { isClosed = true }
}
