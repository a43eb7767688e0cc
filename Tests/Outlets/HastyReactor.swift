import Loop
import Reactor

/// A loop whose time passes sixty times as fast: what takes a minute takes a second.
final class HastyReactor: Reactor {
  private static let haste = 60
  private let loop: EventLoop

  init(_ loop: EventLoop) { self.loop = loop }

  var now: Duration { loop.now * Self.haste }

  func makeTimer(onFire: @escaping () -> Void) -> any ReactorTimer {
    HastyTimer(loop.makeTimer(onFire: onFire))
  }

  func watch(
    _ descriptor: Int32, for interest: Readiness, onReady: @escaping (Readiness) -> Void
  ) throws(ReactorError) -> any Watch {
    try loop.watch(descriptor, for: interest, onReady: onReady)
  }

  func resolve(
    host: String, completion: @escaping (Result<[String], ReactorError>) -> Void
  ) { loop.resolve(host: host, completion: completion) }

  func afterClosing(_ finish: @escaping () -> Void) { loop.afterClosing(finish) }

  func runOffLoop(_ work: @escaping @Sendable () -> Void, completion: @escaping () -> Void) {
    loop.runOffLoop(work, completion: completion)
  }

  private final class HastyTimer: ReactorTimer {
    private let timer: any ReactorTimer

    init(_ timer: any ReactorTimer) { self.timer = timer }

    func start(after delay: Duration) { timer.start(after: delay / HastyReactor.haste) }
    func stop() { timer.stop() }
    func cancel() { timer.cancel() }
  }
}
