import Loop
import Reactor
import Synchronization

extension EventLoop {
  /// Runs `work`, which may hang with a file server that is away, on a thread of its own; then
  /// `completion` on the loop, unless that is closed, with what went wrong.
  func runApart<Failure: Error>(
    _ work: @escaping @Sendable () throws(Failure) -> Void,
    completion: @escaping (Failure?) -> Void
  ) {
    let box = FailureBox<Failure>()
    let noting: @Sendable () -> Void = {
      do throws(Failure) {
        try work()
      } catch {
        box.set(error)
      }
    }
    do throws(ReactorError) {
      try runOnOwnThread(noting) { completion(box.failure) }
    } catch {
      // Without a thread of its own it takes its turn with everybody's.
      runOffLoop(noting) { completion(box.failure) }
    }
  }
}

/// What went wrong on the thread, handed to the loop.
private final class FailureBox<Failure: Error>: Sendable {
  private let value = Mutex<Failure?>(nil)

  func set(_ failure: Failure) { value.withLock { $0 = failure } }
  var failure: Failure? { value.withLock { $0 } }
}
