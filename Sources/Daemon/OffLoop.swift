import Loop
import Synchronization

extension EventLoop {
  /// As `runOffLoop`, for work that has an outcome.
  func runOffLoop<Value: Sendable, Failure: Error>(
    _ work: @escaping @Sendable () throws(Failure) -> Value,
    completion: @escaping (Result<Value, Failure>) -> Void
  ) {
    let box = OutcomeBox<Value, Failure>()
    runOffLoop {
      box.set(Result { () throws(Failure) in try work() })
    } completion: {
      if let outcome = box.outcome { completion(outcome) }
    }
  }
}

extension Result {
  /// What went wrong; nil if nothing did.
  var failure: Failure? {
    if case .failure(let failure) = self { failure } else { nil }
  }
}

/// What a worker has found, handed to the loop.
private final class OutcomeBox<Value: Sendable, Failure: Error>: Sendable {
  private let value = Mutex<Result<Value, Failure>?>(nil)

  func set(_ outcome: Result<Value, Failure>) { value.withLock { $0 = outcome } }

  var outcome: Result<Value, Failure>? { value.withLock { $0 } }
}
