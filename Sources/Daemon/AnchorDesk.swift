import Bridge
import Commands
import JSON
import Loop
import Reactor

/// One anchor: gives its receiver the newest checkpoint, one after the other, for as long as it
/// takes. Whatever was signed while one was under way, or could not be kept, is covered by the
/// newest: a tree of that size contains all the smaller ones.
final class AnchorDesk {
  private enum Phase {
    /// Can transition to delivering.
    case idle
    /// Can transition to pausing, closed.
    case delivering
    /// Can transition to idle, delivering, closed.
    case pausing
    case closed
  }

  let name: String
  private let receiver: any AnchorReceiver
  private let loop: EventLoop
  private var timer: (any ReactorTimer)?
  private var phase = Phase.idle
  private var trouble: Trouble
  /// Is to be kept; nil when the newest one is.
  private var newest: SignedCheckpoint?
  private var kept: Kept?
  /// Set while the daemon ends, and called when there is no more to be done.
  private var onFinish: (() -> Void)?

  private struct Kept {
    let size: Int64
    let wall: Duration
  }

  init(_ name: String, receiver: any AnchorReceiver, loop: EventLoop, logger: Logger) {
    self.name = name
    self.receiver = receiver
    self.loop = loop
    trouble = Trouble("anchor", of: ("anchor", name), logger: logger)
    timer = loop.makeTimer { [unowned self] in
      guard case .pausing = phase else { return }
      phase = .idle
      deliver()
    }
  }

  /// Why it keeps nothing now; nil while all is well.
  var problem: String? { trouble.reason }

  /// There is a newer checkpoint, and it is on disk.
  func take(_ checkpoint: SignedCheckpoint) {
    newest = checkpoint
    deliver()
  }

  private func deliver() {
    guard case .idle = phase, let checkpoint = newest else { return }
    phase = .delivering
    newest = nil
    receiver.deliver(checkpoint) { [weak self] failure in self?.ended(checkpoint, failure) }
  }

  private func ended(_ checkpoint: SignedCheckpoint, _ failure: DeliveryFailure?) {
    guard case .delivering = phase else { return }
    phase = .pausing
    if let failure {
      newest = newest ?? checkpoint
      timer?.start(after: trouble.failed(failure))
    } else {
      trouble.passed()
      kept = Kept(size: checkpoint.size, wall: loop.wallClock)
      timer?.start(after: receiver.pause)
    }
    if onFinish != nil { finishNow() }
  }

  // MARK: - The end

  /// Nothing newer comes: calls `done` once the newest one is kept, or cannot be, perhaps at once.
  func finish(_ done: @escaping () -> Void) {
    onFinish = done
    if case .delivering = phase { return }
    finishNow()
  }

  /// In a pause, or idle.
  private func finishNow() {
    guard newest != nil, problem == nil, receiver.takesTheLast else {
      let done = onFinish
      onFinish = nil
      done?()
      return
    }
    phase = .idle
    deliver()
  }

  func close() {
    phase = .closed
    onFinish = nil
    timer?.cancel()
    timer = nil
    receiver.close()
  }

  func write(to writer: inout JSONWriter) {
    writer.member("anchor", name)
    writer.member("kind", receiver.kind)
    if let kept {
      writer.member("size", kept.size)
      writer.member("kept", Timestamp.text(kept.wall))
    }
    writer.member("problem", problem)
  }
}
