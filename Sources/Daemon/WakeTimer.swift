import Loop
import Reactor

/// One timer for whichever of the bridge's times comes first.
final class WakeTimer {
  private let loop: EventLoop
  private var timer: (any ReactorTimer)?
  private var due: Duration?

  init(loop: EventLoop, onWake: @escaping () -> Void) {
    self.loop = loop
    timer = loop.makeTimer { [unowned self] in
      due = nil
      onWake()
    }
  }

  func wake(at time: Duration) {
    if let due, due <= time { return }
    due = time
    timer?.start(after: max(.zero, time - loop.now))
  }

  func cancel() { timer?.cancel() }
}
