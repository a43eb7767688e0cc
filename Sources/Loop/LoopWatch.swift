import CUV
package import Reactor

/// A descriptor being watched, level-triggered: the handler is called again as long as it is ready.
///
/// Wraps `uv_poll_t`.
final class LoopWatch: LoopHandle, Watch {
  private var interest: Readiness = []
  private var onReady: ((Readiness) -> Void)?

  private var poll: UnsafeMutablePointer<uv_poll_t> {
    unsafe memory.assumingMemoryBound(to: uv_poll_t.self)
  }

  init(
    loop: EventLoop, descriptor: Int32, onReady: @escaping (Readiness) -> Void
  ) throws(ReactorError) {
    self.onReady = onReady
    super.init(loop: loop, kind: UV_POLL)
    // Safe: `memory` has the size of this kind. A new handle on a reused descriptor number is fine
    // while the old one is still closing, for `close()` took that one out of epoll at once.
    let code = unsafe uv_poll_init(loop.uv, poll, descriptor)
    guard code == 0 else {
      throw ReactorError(operation: "watch", subject: "descriptor \(descriptor)", code: code)
    }
    didOpen()
  }

  func update(_ interest: Readiness) {
    guard isOpen, interest != self.interest else { return }
    self.interest = interest
    poll(for: interest)
  }

  private func poll(for interest: Readiness) {
    var events: Int32 = 0
    if interest.contains(.readable) { events |= Int32(bitPattern: UV_READABLE.rawValue) }
    if interest.contains(.writable) { events |= Int32(bitPattern: UV_WRITABLE.rawValue) }
    // Safe: the handle is open; the callback's `data` is this object.
    guard events != 0 else {
      unsafe uv_poll_stop(poll)
      return
    }
    unsafe uv_poll_start(poll, events) { poll, status, events in
      guard let poll = unsafe poll else { return }
      unsafe LoopHandle.object(LoopWatch.self, of: poll.pointee.data)?.ready(status, events)
    }
  }

  private func ready(_ status: Int32, _ events: Int32) {
    guard status == 0 else {
      // libuv stops a poll that reports an error. Everything asked for is reported as well, since
      // the read or the write is what fetches the error.
      onReady?(interest.union(.failed))
      if isOpen { poll(for: interest) }
      return
    }
    let bits = UInt32(bitPattern: events)
    var readiness: Readiness = []
    if bits & UV_READABLE.rawValue != 0 { readiness.insert(.readable) }
    if bits & UV_WRITABLE.rawValue != 0 { readiness.insert(.writable) }
    onReady?(readiness)
  }

  func cancel() { close() }

  override func close() {
    if isOpen {
      // Out of epoll at once, for the owner closes the descriptor next. Safe: the handle is open.
      unsafe uv_poll_stop(poll)
    }
    super.close()
    onReady = nil
  }
}

extension EventLoop {
  /// Calls `onReady` whenever `descriptor` is ready for something of `interest`, until cancelled.
  ///
  /// Makes the descriptor non-blocking. Fails for a descriptor that is watched already and for
  /// regular files.
  package func watch(
    _ descriptor: Int32, for interest: Readiness, onReady: @escaping (Readiness) -> Void
  ) throws(ReactorError) -> any Watch {
    let watch = try LoopWatch(loop: self, descriptor: descriptor, onReady: onReady)
    watch.update(interest)
    return watch
  }
}
