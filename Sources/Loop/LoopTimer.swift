import CUV
package import Reactor

/// A timer that never fires early: when it does, `now` has reached the time it was set to.
///
/// Wraps `uv_timer_t`.
final class LoopTimer: LoopHandle, ReactorTimer {
  /// The longest delay that is kept: far beyond any use, and far from an overflow.
  private static let longestDelay: Duration = .seconds(10 * 366 * 86_400)

  private var onFire: (() -> Void)?

  private var timer: UnsafeMutablePointer<uv_timer_t> {
    unsafe memory.assumingMemoryBound(to: uv_timer_t.self)
  }

  init(loop: EventLoop, onFire: @escaping () -> Void) {
    self.onFire = onFire
    super.init(loop: loop, kind: UV_TIMER)
    // Safe: `memory` has the size of this kind; the call does not fail.
    unsafe uv_timer_init(loop.uv, timer)
    didOpen()
  }

  func start(after delay: Duration) {
    guard isOpen else { return }
    // libuv counts from the beginning of the turn, in whole milliseconds cut off: a timer set late
    // in a turn would come early. So the due time is computed here and the difference handed over.
    // At least one: libuv 1.44 runs a timer set to zero in a timer's callback in the same pass,
    // and one that does so again and again starves everything else.
    let (seconds, attoseconds) = max(.zero, min(delay, Self.longestDelay)).components
    let due = uv_hrtime() + UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    let dueMilliseconds = (due + 999_999) / 1_000_000
    // Safe: the handle and with it the loop is open; the callback's `data` is this object.
    let turnMilliseconds = unsafe uv_now(loop.uv)
    let wait = dueMilliseconds > turnMilliseconds ? dueMilliseconds - turnMilliseconds : 1
    unsafe uv_timer_start(
      timer,
      { timer in
        guard let timer = unsafe timer else { return }
        unsafe LoopHandle.object(LoopTimer.self, of: timer.pointee.data)?.onFire?()
      }, wait, 0)
  }

  func stop() {
    guard isOpen else { return }
    // Safe: the handle is open.
    unsafe uv_timer_stop(timer)
  }

  func cancel() { close() }

  override func close() {
    super.close()
    onFire = nil
  }

  /// The loop may end although this timer runs.
  func doNotKeepLoopAlive() {
    guard isOpen else { return }
    // Safe: the handle is open, and begins with the fields of `uv_handle_t`.
    unsafe uv_unref(memory.assumingMemoryBound(to: uv_handle_t.self))
  }
}

extension EventLoop {
  /// A timer that is not running yet, and never fires early.
  package func makeTimer(onFire: @escaping () -> Void) -> any ReactorTimer {
    LoopTimer(loop: self, onFire: onFire)
  }
}
