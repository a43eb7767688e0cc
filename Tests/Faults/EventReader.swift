import Glibc
import JSON
import Loop
import Reactor

/// Follows the daemon's events over its socket as a subscriber does: a stream of lines, taken up
/// behind the last one whenever it ends.
final class EventReader {
  /// How soon a stream that ended is asked for again.
  private static let retryPause = Duration.milliseconds(10)
  private static let blockBytes = 256 << 10

  /// What the platform published and what came of it.
  var tally = Tally()
  /// Which series the numbers of a call belong to.
  var series: [String: Int] = [:]
  /// Lines that are no events.
  private(set) var problems: [String] = []

  private let ground: Ground
  private var timer: (any ReactorTimer)?
  private var descriptor: Int32 = -1
  private var watch: (any Watch)?
  private var lines = ChunkedLines()
  private var block = [UInt8](repeating: 0, count: blockBytes)
  private var cursor = "earliest"

  init(_ ground: Ground) {
    self.ground = ground
    timer = ground.loop.makeTimer { [unowned self] in connect() }
  }

  func start() { connect() }

  func close() {
    timer?.cancel()
    timer = nil
    disconnect()
  }

  private func connect() {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    // Safe: the folders of this program are short, and bounds are checked.
    unsafe withUnsafeMutableBytes(of: &address.sun_path) {
      unsafe $0.copyBytes(from: ground.socket.utf8)
    }
    // Safe: the address is read for its own length during the call.
    let code = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    let request = Array(
      "GET /v1/events?stream=1&after=\(cursor) HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
    // Safe: the count is that of the array.
    guard code == 0,
      unsafe send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count
    else { return again() }
    lines = ChunkedLines()
    do {
      watch = try ground.loop.watch(descriptor, for: .readable) { [unowned self] _ in receive() }
    } catch {
      again()
    }
  }

  private func again() {
    disconnect()
    timer?.start(after: Self.retryPause)
  }

  private func disconnect() {
    watch?.cancel()
    watch = nil
    if descriptor >= 0 { Glibc.close(descriptor) }
    descriptor = -1
  }

  private func receive() {
    // Safe: `recv` writes at most the count it is given.
    let count = unsafe recv(descriptor, &block, block.count, 0)
    if count < 0, errno == EAGAIN { return }
    guard count > 0 else { return again() }
    lines.take(block[..<count]) { take($0) }
    if lines.isEnded { again() }
  }

  private func take(_ line: [UInt8]) {
    guard let event = try? JSONValue.parse(line), let id = event["id"]?.string else {
      problems.append("no event: \(String(decoding: line.prefix(200), as: UTF8.self))")
      return
    }
    cursor = id
    guard let data = event["data"] else { return }
    switch event["type"]?.string {
    case "recbridge.call.v1": takeCall(event, data)
    case "recbridge.gap.v1":
      guard let to = data["to"]?.string.flatMap(Instant.microseconds) else { return }
      tally.declare(
        Tally.Gap(
          from: data["from"]?.string.flatMap(Instant.microseconds), to: to,
          isResynced: data["resynced"]?.bool == true))
    default: break
    }
  }

  private func takeCall(_ event: JSONValue, _ data: JSONValue) {
    guard data["source"]?.string == "notification",
      data["notificationType"]?.string == "AttachedDataChanged",
      let series = event["subject"]?.string.flatMap({ self.series[$0] }),
      let number = data["raw"]?["call"]?["userData"]?["seq"]?.integer
    else { return }
    tally.receive(Int(number), series: series, at: ground.loop.now.milliseconds)
  }
}
