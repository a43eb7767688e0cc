import CMicroHTTPD
import Glibc
import Reactor

/// Notices that the peer of a suspended connection has left; libmicrohttpd does not look then.
///
/// It stays on from the first suspension to the end of the exchange, so that a busy stream does not
/// pay for switching it. Bytes that arrive meanwhile (the next, pipelined request) switch it off.
final class HangUpWatch {
  private let descriptor: Int32
  private let peer: Peer?
  private var watch: (any Watch)?
  private var isOn = false

  /// Without a watch (the loop refused) the peer is found by the next write, as without us.
  init(_ descriptor: Int32, peer: Peer?, reactor: any Reactor, onHangUp: @escaping () -> Void) {
    self.descriptor = descriptor
    self.peer = peer
    do throws(ReactorError) {
      watch = try reactor.watch(descriptor, for: .readable) { [weak self] _ in
        self?.ready(onHangUp)
      }
      isOn = true
    } catch {
      watch = nil
    }
  }

  func start() {
    guard !isOn else { return }
    isOn = true
    watch?.update(.readable)
  }

  func pause() {
    guard isOn else { return }
    isOn = false
    watch?.update([])
  }

  /// To be called before the descriptor is closed.
  func cancel() {
    watch?.cancel()
    watch = nil
  }

  private func ready(_ onHangUp: () -> Void) {
    guard isOn else { return }
    let count = cmhd_peek(descriptor)
    if count > 0 || (count == 0 && isHalfClosed) { return pause() }
    if count < 0, errno == EAGAIN || errno == EINTR { return }
    onHangUp()
  }

  /// A Unix socket tells a peer that only stopped sending from one that left. TCP does not: there
  /// an end counts as having left, as it does for other servers.
  private var isHalfClosed: Bool {
    guard peer != nil else { return false }
    var state = pollfd(fd: descriptor, events: 0, revents: 0)
    // One structure, and the count says so.
    return unsafe poll(&state, 1, 0) <= 0 || state.revents & Int16(POLLHUP) == 0
  }
}
