import CUV

/// The memory of one libuv handle and the object its callbacks go to.
///
/// libuv refers to a handle until the callback of `uv_close` has run, so from `didOpen()` until
/// then the object retains itself: it may be cancelled and dropped at any moment, also from inside
/// its own callback.
@safe package class LoopHandle {
  unowned let loop: EventLoop
  /// Owned: freed in `deinit`, which cannot run while libuv refers to it.
  let memory: UnsafeMutableRawPointer
  private(set) var isOpen = false

  init(loop: EventLoop, kind: uv_handle_type) {
    self.loop = loop
    // Safe: libuv names the size; 16 is the alignment of malloc, which libuv expects.
    unsafe memory = .allocate(byteCount: uv_handle_size(kind), alignment: 16)
  }

  deinit { unsafe memory.deallocate() }

  /// Every handle of libuv begins with the fields of `uv_handle_t`.
  private var handle: UnsafeMutablePointer<uv_handle_t> {
    unsafe memory.assumingMemoryBound(to: uv_handle_t.self)
  }

  /// To be called once, right after `uv_…_init` has succeeded on `memory`.
  final func didOpen() {
    isOpen = true
    // Safe: the handle was initialised; the reference taken here is given back in `close()`.
    unsafe handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
    loop.opened(self)
  }

  /// Ends the handle; no callback of it runs after this. Idempotent.
  func close() {
    guard isOpen else { return }
    isOpen = false
    loop.closed(self)
    // Safe: the handle is open, and closed only here. `data` is the reference of `didOpen()`.
    unsafe uv_close(handle) { handle in
      guard let handle = unsafe handle, let data = unsafe handle.pointee.data else { return }
      unsafe Unmanaged<LoopHandle>.fromOpaque(data).release()
    }
  }

  /// The object of a handle in one of its callbacks.
  ///
  /// Safe for a `data` that `didOpen()` of a `Handle` has set: it retains the object until closed,
  /// and libuv calls nothing but the close callback after that.
  static func object<Handle: LoopHandle>(
    _ type: Handle.Type, of data: UnsafeMutableRawPointer?
  ) -> Handle? {
    guard let data = unsafe data else { return nil }
    return unsafe Unmanaged<Handle>.fromOpaque(data).takeUnretainedValue()
  }
}

/// Runs after the handlers of every turn, and keeps the loop from ending for want of handles.
///
/// Wraps `uv_check_t`: libuv runs it right after polling.
final class TurnEnd: LoopHandle {
  init(loop: EventLoop) {
    super.init(loop: loop, kind: UV_CHECK)
    // Safe: `memory` has the size of this kind; neither call fails.
    let check = unsafe memory.assumingMemoryBound(to: uv_check_t.self)
    unsafe uv_check_init(loop.uv, check)
    didOpen()
    unsafe uv_check_start(check) { check in
      guard let check = unsafe check else { return }
      unsafe LoopHandle.object(TurnEnd.self, of: check.pointee.data)?.loop.polled()
    }
  }
}

/// Keeps the next poll from blocking while a turn is requested.
///
/// Wraps `uv_idle_t`, whose only effect here is a poll with a timeout of zero.
final class TurnWake: LoopHandle {
  private var idle: UnsafeMutablePointer<uv_idle_t> {
    unsafe memory.assumingMemoryBound(to: uv_idle_t.self)
  }

  init(loop: EventLoop) {
    super.init(loop: loop, kind: UV_IDLE)
    // Safe: `memory` has the size of this kind; the call does not fail.
    unsafe uv_idle_init(loop.uv, idle)
    didOpen()
  }

  func start() {
    guard isOpen else { return }
    // Safe: the handle is open. Starting does not fail with a callback given.
    unsafe uv_idle_start(idle) { _ in }
  }

  func stop() {
    guard isOpen else { return }
    // Safe: the handle is open.
    unsafe uv_idle_stop(idle)
  }
}
