import CWebSockets
import Glibc

/// The descriptor by which a context of libwebsockets wakes its loop.
///
/// libwebsockets 4.1.6 closes it twice: once when the context is destroyed, and again turns later,
/// when the loop has let go of it. Whoever opens something in between may get its number, and the
/// second close would take it away from them. So the number is taken as soon as it is free, and the
/// second close closes what was put there.
@safe struct EventPipe {
  /// Below it is room for what a process opens anyway. The number lies above, so that nobody on
  /// another thread gets it in the instant before it is taken: the lowest free number is given out.
  private static let lowest: Int32 = 512

  private let number: Int32

  /// Runs `create`, which makes one context of libwebsockets on the loop and nothing else, and
  /// finds the context's pipe.
  init?(
    on loop: UnsafeMutableRawPointer, create: () -> Void
  ) {
    let low = Self.takeLowNumbers()
    let before = unsafe cws_polled(loop)
    create()
    let after = unsafe cws_polled(loop)
    for number in low { close(number) }
    guard after.count == before.count + 1 else { return nil }
    number = Int32(after.sum - before.sum)
  }

  /// To be called at once after the context was destroyed.
  func hold() {
    guard fcntl(number, F_GETFD) == -1 else { return }
    // Safe: the path is a constant text.
    let nothing = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
    guard nothing >= 0, nothing != number else { return }
    let taken = fcntl(nothing, F_DUPFD_CLOEXEC, number)
    if taken >= 0, taken != number { close(taken) }
    close(nothing)
  }

  /// Every free number below ``lowest``; none if there are not that many for this process.
  private static func takeLowNumbers() -> [Int32] {
    // Safe: the path is a constant text.
    var taken = [unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)]
    while let last = taken.last, last >= 0, last < lowest - 1 {
      taken.append(fcntl(taken[0], F_DUPFD_CLOEXEC, 0))
    }
    guard taken.last == -1 else { return taken }
    for number in taken where number >= 0 { close(number) }
    return []
  }
}
