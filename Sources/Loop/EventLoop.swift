import CUV
import Glibc
package import Reactor

/// One libuv loop on one thread: it watches descriptors, fires timers, resolves names, takes
/// signals, and says when a turn ends.
///
/// Everything but the work given to `runOffLoop` happens on the thread that calls `run()`. The
/// owner ends it with `close()`, and is trapped if it forgets.
///
/// Wraps `uv_loop_t` (libuv 1.44, docs.libuv.org).
@safe package final class EventLoop: Reactor {
  /// How long `close()` waits for work that a worker thread is in the middle of. A resolver that
  /// waits for a dead name server takes tens of seconds, and a stopping daemon has ten.
  package static let closeWait: Duration = .seconds(2)

  /// How often `run(until:)` looks at its condition while nothing happens on the loop, so that it
  /// also sees what a worker thread or another process did.
  private static let lookInterval: Duration = .milliseconds(10)

  /// Owned: allocated in `init`, freed in `close()` once libuv says that nothing uses it.
  let uv: UnsafeMutablePointer<uv_loop_t>

  /// The loop (`uv_loop_t *`) for a library that drives itself with libuv.
  ///
  /// What such a library has on it must be closed before `close()`; see `afterClosing`.
  package var nativeLoop: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(uv) }

  /// How long a turn may go on while every poll brings it something more. Beyond this what came
  /// first would wait too long; below, a sync of the disk (a millisecond or more) is paid for few.
  package static let turnTimeMax: Duration = .milliseconds(5)

  /// Called at the end of every turn that was asked for with `requestTurn()`, after all handlers
  /// that belong to it.
  ///
  /// This is where what a turn collected is committed together. It ends with the first poll, which
  /// does not block, that nobody asks for a turn in, and after ``turnTimeMax`` at the latest: a
  /// socket is read in small pieces, and what is waiting there shall be one commit and not a
  /// hundred. A turn requested from inside this handler is another one.
  package var onTurnEnd: (() -> Void)?

  private var handles: [ObjectIdentifier: LoopHandle] = [:]
  private var requests: [ObjectIdentifier: LoopRequest] = [:]
  private var departures: [ObjectIdentifier: Departure] = [:]
  private var turnEnd: TurnEnd?
  private var turnWake: TurnWake?
  private var isTurnRequested = false
  /// When the turn was asked for first.
  private var turnBegan = Duration.zero
  /// The poll that has just been handled brought it something.
  private var hasMore = false
  private var isRunning = false
  private var isClosed = false

  /// An open loop that is not running.
  package init() throws(ReactorError) {
    unsafe uv = .allocate(capacity: 1)
    // Safe: the memory is big enough for one loop, and is freed only after uv_loop_close.
    let code = unsafe uv_loop_init(uv)
    guard code == 0 else {
      unsafe uv.deallocate()
      throw ReactorError(operation: "open", subject: "the event loop", code: code)
    }
    turnEnd = TurnEnd(loop: self)
    turnWake = TurnWake(loop: self)
  }

  deinit {
    precondition(isClosed, "an EventLoop was dropped without close(): its handles would dangle")
  }

  /// Monotonic time, to the nanosecond, which goes on while the machine is suspended: what was
  /// missed meanwhile must lie inside the time that is declared.
  ///
  /// Taken at each call and not once a turn: a turn may take milliseconds, and latencies are
  /// measured with this. A timer never fires before `now` has reached its time.
  ///
  /// Wraps `clock_gettime(CLOCK_BOOTTIME)`.
  package var now: Duration {
    var time = timespec()
    // Safe: the call fills the one structure it is given, and cannot fail for this clock.
    unsafe clock_gettime(CLOCK_BOOTTIME, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }

  /// Time since the Unix epoch, as this machine's clock has it; it may jump.
  ///
  /// Wraps `clock_gettime(CLOCK_REALTIME)`.
  package var wallClock: Duration {
    var time = timespec()
    // Safe: the call fills the one structure it is given, and cannot fail for this clock.
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }

  /// Watches, timers and signals that are not cancelled yet, and the loop's own two: a number to
  /// compare before and after.
  package var handleCount: Int { handles.count }

  /// Asks for `onTurnEnd`. Any number of calls in one turn end in one.
  package func requestTurn() {
    guard !isClosed else { return }
    hasMore = true
    guard !isTurnRequested else { return }
    isTurnRequested = true
    turnBegan = now
    turnWake?.start()
  }

  /// A poll has been handled.
  func polled() {
    guard isTurnRequested else { return }
    if hasMore, now - turnBegan < Self.turnTimeMax {
      hasMore = false
      return
    }
    isTurnRequested = false
    turnWake?.stop()
    onTurnEnd?()
  }
}

// Running and ending.
extension EventLoop {
  /// Handles what happens until `stop()` is called, also if that was before.
  package func run() {
    turn(UV_RUN_DEFAULT)
  }

  /// Makes `run()` return at the end of the present turn.
  package func stop() {
    // Safe: the loop is open, for `close()` is the last call it gets.
    unsafe uv_stop(uv)
  }

  /// Turns the loop until `condition` holds; false if `limit` passed first.
  ///
  /// For tests and for commands that wait for one thing. The limit is a safeguard and not a
  /// measurement: make it generous.
  package func run(
    until condition: () -> Bool, within limit: Duration = .seconds(60)
  ) -> Bool {
    let deadline = now + limit
    let look = makeTimer {}
    defer { look.cancel() }
    while !condition() {
      if now >= deadline { return false }
      look.start(after: Self.lookInterval)
      turn(UV_RUN_ONCE)
    }
    return true
  }

  private func turn(_ mode: uv_run_mode) {
    precondition(!isRunning, "the loop was run from one of its own handlers")
    isRunning = true
    // Safe: `uv` is open, and every handle it knows is kept by `handles` or by itself.
    _ = unsafe uv_run(uv, mode)
    isRunning = false
  }

  /// Ends everything: cancels watches, timers and signals, drops what was asked of worker threads,
  /// frees the loop. No handler is called any more. Idempotent; not to be called from a handler.
  ///
  /// Work in the middle of a blocking call cannot be interrupted: after `closeWait` the loop's
  /// memory is left to it, a few kilobytes for the rest of the process.
  package func close() {
    guard !isClosed else { return }
    let limit = LoopTimer(loop: self) { [unowned self] in stop() }
    isClosed = true
    onTurnEnd = nil
    for request in requests.values { request.abandon() }
    for handle in handles.values where handle !== limit { handle.close() }
    limit.start(after: Self.closeWait)
    limit.doNotKeepLoopAlive()
    turn(UV_RUN_DEFAULT)
    limit.close()
    turn(UV_RUN_NOWAIT)
    for departure in departures.values { departure.finish() }
    // Safe: uv_loop_close refuses (UV_EBUSY) while anything still refers to the loop.
    if unsafe uv_loop_close(uv) == 0 { unsafe uv.deallocate() }
  }
}

// What the handles and requests tell their loop.
extension EventLoop {
  func opened(_ departure: Departure) {
    precondition(!isClosed, "a closed EventLoop was asked to wait for handles to go")
    departures[ObjectIdentifier(departure)] = departure
  }

  func closed(_ departure: Departure) {
    departures[ObjectIdentifier(departure)] = nil
  }

  func opened(_ handle: LoopHandle) {
    precondition(!isClosed, "a closed EventLoop was asked for a new handle")
    handles[ObjectIdentifier(handle)] = handle
  }

  func closed(_ handle: LoopHandle) {
    handles[ObjectIdentifier(handle)] = nil
  }

  func started(_ request: LoopRequest) {
    precondition(!isClosed, "a closed EventLoop was asked for new work")
    requests[ObjectIdentifier(request)] = request
  }

  func ended(_ request: LoopRequest) {
    requests[ObjectIdentifier(request)] = nil
  }
}

extension ReactorError {
  /// With libuv's sentence for `code` as the cause.
  init(operation: String, subject: String, code: Int32) {
    // Safe: uv_strerror returns a constant text for every code of libuv.
    let cause = unsafe String(cString: uv_strerror(code))
    self.init(operation: operation, subject: subject, cause: cause)
  }
}
