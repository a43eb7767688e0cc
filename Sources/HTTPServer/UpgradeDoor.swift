import CMicroHTTPD
import Glibc
import Reactor

/// Looks at the head of each new connection before libmicrohttpd gets it: a request to become a
/// WebSocket is handed to somebody else, with every byte still unread.
final class UpgradeDoor {
  private let reactor: any Reactor
  private let deadline: Duration
  private let onUpgrade: (Int32) -> Void
  private let onOther: (Int32, SocketAddress) -> Void
  private var waiting: [Int32: Waiting] = [:]

  private struct Waiting {
    let watch: any Watch
    let timer: any ReactorTimer
    let address: SocketAddress
  }

  /// `deadline` is for the whole head, as `ServerLimits.headDeadline`.
  init(
    reactor: any Reactor, deadline: Duration, onUpgrade: @escaping (Int32) -> Void,
    onOther: @escaping (Int32, SocketAddress) -> Void
  ) {
    self.reactor = reactor
    self.deadline = deadline
    self.onUpgrade = onUpgrade
    self.onOther = onOther
  }

  var count: Int { waiting.count }

  func add(_ descriptor: Int32, address: SocketAddress) {
    do throws(ReactorError) {
      let watch = try reactor.watch(descriptor, for: .readable) { [weak self] _ in
        self?.look(descriptor)
      }
      let timer = reactor.makeTimer { [weak self] in self?.giveUp(descriptor) }
      timer.start(after: deadline)
      waiting[descriptor] = Waiting(watch: watch, timer: timer, address: address)
    } catch {
      _ = close(descriptor)
    }
  }

  func stop() {
    for descriptor in waiting.keys { giveUp(descriptor) }
  }

  private func giveUp(_ descriptor: Int32) {
    guard release(descriptor) != nil else { return }
    _ = close(descriptor)
  }

  private func release(_ descriptor: Int32) -> Waiting? {
    guard let one = waiting.removeValue(forKey: descriptor) else { return nil }
    one.watch.cancel()
    one.timer.cancel()
    // Whoever comes next wants to be woken by every byte again.
    cmhd_wake_at(descriptor, 1)
    return one
  }

  private func look(_ descriptor: Int32) {
    var head = [UInt8](repeating: 0, count: ServerLimits.upgradeHeadBytes)
    // The array has as many bytes as are said.
    let count = unsafe cmhd_peek_some(descriptor, &head, head.count)
    if count < 0, errno == EAGAIN || errno == EINTR { return }
    guard count > 0 else { return giveUp(descriptor) }
    let bytes = head[..<count]
    let isWhole = bytes.firstRange(of: Array("\r\n\r\n".utf8)) != nil
    guard isWhole || count == head.count || !Self.mayBecomeUpgrade(bytes) else {
      // Woken again only when there is more than what was seen.
      cmhd_wake_at(descriptor, Int32(count) + 1)
      return
    }
    guard let one = release(descriptor) else { return }
    if Self.isUpgrade(bytes) { onUpgrade(descriptor) } else { onOther(descriptor, one.address) }
  }

  /// An upgrade is a GET (RFC 6455, 4.1): everything else need not be waited for.
  private static func mayBecomeUpgrade(_ head: ArraySlice<UInt8>) -> Bool {
    let start = Array("GET ".utf8)
    return start.starts(with: head.prefix(start.count))
  }

  private static func isUpgrade(_ head: ArraySlice<UInt8>) -> Bool {
    guard head.starts(with: Array("GET ".utf8)) else { return false }
    return String(decoding: head, as: UTF8.self).split(separator: "\r\n").dropFirst().contains {
      let parts = $0.split(separator: ":", maxSplits: 1)
      return parts.count == 2 && parts[0].lowercased() == "upgrade"
        && parts[1].lowercased().split { ", \t".contains($0) }.contains("websocket")
    }
  }
}
