import CLinux
import CUV
import Glibc
package import Reactor

/// Work of a thread of its own, which tells the loop through a pair of sockets that it is done.
///
/// Whoever of the thread and the loop is done last closes them: a thread that hangs may outlive the
/// loop.
private final class OwnThread: Sendable {
  private let work: @Sendable () -> Void
  /// Written to when the work is done, and read by the loop.
  private let done: Int32
  let told: Int32

  /// - Throws: what the system said when it gave no more sockets.
  init(_ work: @escaping @Sendable () -> Void) throws(ReactorError) {
    self.work = work
    var pair: [Int32] = [-1, -1]
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    // The array has room for the two descriptors.
    guard unsafe socketpair(AF_UNIX, kind, 0, &pair) == 0 else {
      throw ReactorError(operation: "begin", subject: "a thread", code: -errno)
    }
    (done, told) = (pair[0], pair[1])
  }

  deinit {
    close(done)
    close(told)
  }

  func start() throws(ReactorError) {
    var thread = pthread_t()
    // The thread gives back the reference; it is detached below and its number not used after that.
    let code = unsafe pthread_create(
      &thread, nil,
      { data in
        guard let data = unsafe data else { return nil }
        let own = unsafe Unmanaged<OwnThread>.fromOpaque(data).takeRetainedValue()
        own.work()
        var byte: UInt8 = 1
        // The byte lives through the call; nobody reads it if the loop has gone.
        _ = unsafe send(own.done, &byte, 1, Int32(MSG_NOSIGNAL))
        return nil
      }, Unmanaged.passRetained(self).toOpaque())
    guard code == 0 else {
      // No thread took the reference.
      unsafe Unmanaged.passUnretained(self).release()
      throw ReactorError(operation: "begin", subject: "a thread", code: -code)
    }
    pthread_detach(thread)
  }
}

extension EventLoop {
  /// Runs `work` on a thread of its own, then `completion` on the loop unless that is closed.
  ///
  /// For calls that may never return, as into a file server that is away: libuv has four workers,
  /// which everybody shares.
  package func runOnOwnThread(
    _ work: @escaping @Sendable () -> Void, completion: @escaping () -> Void
  ) throws(ReactorError) {
    let thread = try OwnThread(work)
    var watch: (any Watch)?
    watch = try self.watch(thread.told, for: .readable) { _ in
      watch?.cancel()
      watch = nil
      // Keeps the descriptor until the watch is gone.
      withExtendedLifetime(thread, completion)
    }
    do throws(ReactorError) {
      try thread.start()
    } catch {
      watch?.cancel()
      throw error
    }
  }
}
