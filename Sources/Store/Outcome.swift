import Synchronization

extension Store {
  /// Runs `work` on another thread, then `done` on the store's own.
  package typealias OffLoop = (
    _ work: @escaping @Sendable () -> Void, _ done: @escaping () -> Void
  ) -> Void
}

/// What a worker found, handed from its thread to the store's.
final class Outcome<Value: Sendable>: Sendable {
  private let value = Mutex<Result<Value, StoreError>?>(nil)

  func set(_ result: Result<Value, StoreError>) {
    value.withLock { $0 = result }
  }

  func take() -> Result<Value, StoreError>? {
    value.withLock { $0 }
  }
}
