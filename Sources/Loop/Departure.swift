import Reactor

/// Somebody who waits until closed handles are gone from the loop.
///
/// libuv calls a closed handle's callback at the end of the turn. Each of these may close further
/// handles, so several turns are waited for; every firing of the timer is a turn of its own.
final class Departure {
  /// libwebsockets needs three: its sockets, then its timer and its idler, then room for one more.
  private static let turns = 6

  private unowned let loop: EventLoop
  private var timer: LoopTimer?
  private var turnsLeft = turns
  private var onFinish: (() -> Void)?

  init(loop: EventLoop, onFinish: @escaping () -> Void) {
    self.loop = loop
    self.onFinish = onFinish
    timer = LoopTimer(loop: loop) { [unowned self] in turned() }
    loop.opened(self)
    timer?.start(after: .zero)
  }

  private func turned() {
    turnsLeft -= 1
    if turnsLeft > 0 {
      timer?.start(after: .zero)
    } else {
      finish()
    }
  }

  /// Idempotent.
  func finish() {
    timer?.close()
    timer = nil
    let finishing = onFinish
    onFinish = nil
    loop.closed(self)
    finishing?()
  }
}

extension EventLoop {
  /// Calls `finish` once what was closed on the loop before this call is gone from it.
  package func afterClosing(_ finish: @escaping () -> Void) {
    _ = Departure(loop: self, onFinish: finish)
  }
}
