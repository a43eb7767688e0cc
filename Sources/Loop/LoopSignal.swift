import CUV
package import Reactor

/// A signal being taken by the loop instead of by the system's default action.
///
/// Wraps `uv_signal_t`.
@safe final class LoopSignal: LoopHandle {
  private var handler: (() -> Void)?

  init(
    loop: EventLoop, number: Int32, handler: @escaping () -> Void
  ) throws(ReactorError) {
    self.handler = handler
    super.init(loop: loop, kind: UV_SIGNAL)
    // Safe: `memory` has the size of this kind; after it is open the callback's `data` is this
    // object.
    let signal = unsafe memory.assumingMemoryBound(to: uv_signal_t.self)
    var code = unsafe uv_signal_init(loop.uv, signal)
    if code == 0 {
      didOpen()
      code = unsafe uv_signal_start(
        signal,
        { signal, _ in
          guard let signal = unsafe signal else { return }
          unsafe LoopHandle.object(LoopSignal.self, of: signal.pointee.data)?.handler?()
        }, number)
    }
    guard code == 0 else {
      close()
      throw ReactorError(operation: "take", subject: "signal \(number)", code: code)
    }
  }

  override func close() {
    super.close()
    handler = nil
  }
}

extension EventLoop {
  /// Calls `handler` on the loop for every signal `number` until the loop is closed, which gives
  /// the signal back to the system's default action.
  ///
  /// Signals that arrive faster than the loop turns may be reported once. `SIGKILL` and `SIGSTOP`
  /// are refused.
  package func onSignal(
    _ number: Int32, _ handler: @escaping () -> Void
  ) throws(ReactorError) {
    _ = try LoopSignal(loop: self, number: number, handler: handler)
  }
}
