import CLinux
import Glibc
package import Reactor

/// Datagrams for a Unix socket such as `/dev/log`, one a message, in order.
///
/// A message is received when the kernel has put it into the socket's queue: nobody tells whether
/// the program behind it reads it before it ends.
package final class DatagramDelivery {
  /// A receiver that takes nothing for so long is taken for gone.
  private static let silenceMax = Duration.seconds(60)

  private let path: String
  private let messages: [[UInt8]]
  private var next = 0
  /// So many, from the first on, need not come again. None do unless the receiver is there: what is
  /// in the queue of one that has gone is lost with it.
  package private(set) var received = 0
  private var completion: ((OutletError?) -> Void)?
  private var descriptor: Int32 = -1
  private var watch: (any Watch)?
  private var timer: (any ReactorTimer)?
  private let reactor: any Reactor

  /// Begins; `completion` is called once, never before this returns, with nil when everything was
  /// received.
  package init(
    _ messages: [[UInt8]], to path: String, reactor: any Reactor,
    completion: @escaping (OutletError?) -> Void
  ) {
    self.messages = messages
    self.path = path
    self.reactor = reactor
    self.completion = completion
    timer = reactor.makeTimer { [weak self] in self?.timeIsUp() }
    timer?.start(after: .zero)
  }

  /// Gives up; the completion is not called after this. Idempotent.
  package func cancel() {
    completion = nil
    end(nil)
  }

  private func end(_ error: OutletError?) {
    timer?.cancel()
    timer = nil
    watch?.cancel()
    watch = nil
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
    let completion = completion
    self.completion = nil
    completion?(error)
  }

  private func timeIsUp() {
    guard descriptor < 0 else {
      return end(
        OutletError(
          operation: "send to", subject: path,
          cause: "nothing was taken for \(Self.silenceMax)"))
    }
    do throws(OutletError) {
      try open()
      sendOn()
    } catch {
      end(error)
    }
  }

  private func open() throws(OutletError) {
    var address = sockaddr_un()
    let bytes = Array(path.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
      throw OutletError("connect to", path, code: ENAMETOOLONG)
    }
    address.sun_family = sa_family_t(AF_UNIX)
    // The path is shorter than `sun_path`, which was zero before.
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
    let kind = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    descriptor = socket(AF_UNIX, kind, 0)
    guard descriptor >= 0 else { throw OutletError("connect to", path, code: errno) }
    let opened = descriptor
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    // The address outlives the call and has the size that is named.
    let code = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe connect(opened, $0, size)
      }
    }
    guard code == 0 else { throw OutletError("connect to", path, code: errno) }
  }

  private func sendOn() {
    while next < messages.count {
      let message = messages[next]
      // The buffer lives through the call and is as long as is said.
      let count = unsafe send(
        descriptor, message, message.count, Int32(MSG_NOSIGNAL))
      if count >= 0 {
        next += 1
        continue
      }
      if errno == EMSGSIZE {
        received = next
        return end(
          OutletError(
            operation: "send to", subject: path,
            cause: "a message of \(message.count) bytes is longer than the socket takes at once; "
              + "lower maxBytes of the feed"))
      }
      guard errno == EAGAIN || errno == EINTR || errno == ENOBUFS else {
        return end(OutletError("send to", path, code: errno))
      }
      return awaitRoom()
    }
    end(nil)
  }

  /// The receiver's queue is full.
  private func awaitRoom() {
    timer?.start(after: Self.silenceMax)
    if watch != nil { return }
    do throws(ReactorError) {
      watch = try reactor.watch(descriptor, for: .writable) { [weak self] _ in self?.sendOn() }
    } catch {
      end(OutletError(operation: "watch", subject: path, cause: error.cause))
    }
  }
}
