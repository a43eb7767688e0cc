/// What an edge needs of the event loop, and nothing more.
///
/// Everything runs on the loop's one thread: handlers are called there, and every method is to be
/// called there. `Loop` implements it with libuv; an edge never sees libuv.
package protocol Reactor: AnyObject {
  /// Monotonic time since an epoch of the machine's choosing; it goes on within a turn.
  var now: Duration { get }

  /// Calls `onReady` whenever `descriptor` is ready for something of `interest`, until cancelled.
  ///
  /// Level-triggered: called again as long as it is ready. One watch per descriptor, which becomes
  /// non-blocking. Cancel the watch before the descriptor is closed.
  func watch(
    _ descriptor: Int32, for interest: Readiness, onReady: @escaping (Readiness) -> Void
  ) throws(ReactorError) -> any Watch

  /// A timer that is not running yet.
  func makeTimer(onFire: @escaping () -> Void) -> any ReactorTimer

  /// Looks a host name up away from the loop thread; calls `completion` on the loop, never before
  /// this method has returned. Addresses are numeric texts, in the resolver's order.
  func resolve(
    host: String, completion: @escaping (Result<[String], ReactorError>) -> Void)

  /// Calls `finish` once what was closed on the loop before this call is gone from it: some turns
  /// later, or when the loop is closed, whichever is first.
  ///
  /// For a library that has handles of its own on the loop, whose memory is freed after them.
  func afterClosing(_ finish: @escaping () -> Void)

  /// Runs `work` on a worker thread, then `completion` on the loop.
  func runOffLoop(_ work: @escaping @Sendable () -> Void, completion: @escaping () -> Void)
}

/// What a descriptor is ready for, or is watched for.
package struct Readiness: OptionSet, Sendable, Equatable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  package static let readable = Readiness(rawValue: 1)
  package static let writable = Readiness(rawValue: 2)
  /// The descriptor reports an error; reading or writing will say which. Never asked for, and
  /// always reported together with everything that was.
  package static let failed = Readiness(rawValue: 4)
}

/// A descriptor being watched. Dropping the last reference does not cancel: cancel it.
package protocol Watch: AnyObject {
  /// Watches for `interest` from now on; an empty set pauses.
  func update(_ interest: Readiness)
  /// Ends the watch; no handler is called after this. Idempotent.
  func cancel()
}

/// A one-shot timer that can be armed again. Dropping the last reference does not cancel.
package protocol ReactorTimer: AnyObject {
  /// Fires once after `delay` (rounded up to a millisecond, at least one); replaces an earlier
  /// arming. Never early: when it fires, `now` has reached the time it was set to.
  func start(after delay: Duration)
  /// Disarms. Idempotent.
  func stop()
  /// Disarms and frees; no handler is called after this. Idempotent.
  func cancel()
}

/// An operation of the loop that failed: which, on what, and what the system said.
package struct ReactorError: Error, Equatable, CustomStringConvertible {
  package let operation: String
  package let subject: String
  package let cause: String

  package init(operation: String, subject: String, cause: String) {
    self.operation = operation
    self.subject = subject
    self.cause = cause
  }

  package var description: String { "\(operation) \(subject): \(cause)" }
}
