import Loop
import Reactor
import Store
import Synchronization

/// Looks now and then whether a store that could not be opened can be opened again.
final class EmergencyProbe {
  /// A disk is mended by people: seconds do. Each look reads the tail of the store.
  static let pause = Duration.seconds(3)

  private let loop: EventLoop
  private let path: String
  private let found: () -> Void
  private var timer: (any ReactorTimer)?
  private var isCancelled = false

  /// - Parameter found: called once; the store has been closed again.
  init(loop: EventLoop, path: String, found: @escaping () -> Void) {
    self.loop = loop
    self.path = path
    self.found = found
    timer = loop.makeTimer { [unowned self] in look() }
    timer?.start(after: Self.pause)
  }

  func cancel() {
    isCancelled = true
    timer?.cancel()
    timer = nil
  }

  /// Off the loop: a failing disk may keep a call waiting for long.
  private func look() {
    let path = path
    let identity = Randomness.storeIdentity()
    let outcome = ProbeOutcome()
    loop.runOffLoop {
      let access = Store.Access.writing(identityIfNew: identity, EntryHashing.hasher)
      guard let store = try? Store.open(at: path, access: access) else { return }
      store.close()
      outcome.set()
    } completion: { [self] in
      if isCancelled { return }
      if outcome.isFound { found() } else { timer?.start(after: Self.pause) }
    }
  }
}

/// What the probe found, handed from its thread to the loop.
private final class ProbeOutcome: Sendable {
  private let value = Mutex(false)

  func set() { value.withLock { $0 = true } }
  var isFound: Bool { value.withLock { $0 } }
}
