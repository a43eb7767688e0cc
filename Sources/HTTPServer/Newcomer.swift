import CMicroHTTPD
import Glibc
import Reactor

/// A connection whose first request has not been seen: it is looked at, without taking it, to find
/// out whether it asks to become a WebSocket.
final class Newcomer {
  enum Wish { case webSocket, plainHTTP }

  private let descriptor: Int32
  private let reactor: any Reactor
  private let limits: ServerLimits
  private let onWish: (Wish) -> Void
  private var watch: (any Watch)?
  private var timer: (any ReactorTimer)?
  private var looksLeft: Int

  /// How soon a head that came in part is looked at again. It stays unread, so that the watch would
  /// say so at every turn.
  private static let lookInterval: Duration = .milliseconds(10)

  /// `onWish` is told once, after `start`, and owns the descriptor then.
  init(
    _ descriptor: Int32, reactor: any Reactor, limits: ServerLimits,
    onWish: @escaping (Wish) -> Void
  ) {
    self.descriptor = descriptor
    self.limits = limits
    self.onWish = onWish
    looksLeft = Int(limits.headDeadline / Self.lookInterval)
    self.reactor = reactor
  }

  /// Begins to look. Without a watch (the loop refused) it is a connection like any other.
  func start() {
    timer = reactor.makeTimer { [weak self] in self?.look() }
    do throws(ReactorError) {
      watch = try reactor.watch(descriptor, for: .readable) { [weak self] _ in self?.look() }
      // Whoever sends nothing is handed on as well: the server has its own deadline for that.
      timer?.start(after: limits.headDeadline)
    } catch {
      decide(.plainHTTP)
    }
  }

  /// Closes the connection.
  func close() {
    cancel()
    _ = Glibc.close(descriptor)
  }

  private func cancel() {
    watch?.cancel()
    watch = nil
    timer?.cancel()
    timer = nil
  }

  private func decide(_ wish: Wish) {
    cancel()
    onWish(wish)
  }

  private func look() {
    guard timer != nil else { return }
    var head = [UInt8](repeating: 0, count: limits.headSizeBytes)
    let flags = Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)
    // The array has as many places as are said.
    let count = unsafe recv(descriptor, &head, head.count, flags)
    if count < 0, errno == EAGAIN || errno == EINTR, looksLeft > 0 { return }
    guard count > 0 else { return decide(.plainHTTP) }
    let text = String(decoding: head[..<count], as: UTF8.self).lowercased()
    guard text.hasPrefix("get ") else { return decide(.plainHTTP) }
    // RFC 6455, 4.1: the field's value has the keyword "websocket".
    let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false).dropFirst()
    let asks = lines.contains { $0.hasPrefix("upgrade:") && $0.contains("websocket") }
    let isComplete = lines.dropLast().contains("") || count == head.count
    if asks { return decide(.webSocket) }
    looksLeft -= 1
    guard !isComplete, looksLeft > 0 else { return decide(.plainHTTP) }
    watch?.update([])
    timer?.start(after: Self.lookInterval)
  }
}
