import CMicroHTTPD
import Reactor

/// One response on its way out: gives libmicrohttpd its bytes and sees whether the peer takes them.
final class Sending {
  private let answer: Answer
  private unowned let connection: Connection
  private var source: (any StreamSource)?
  /// What the source gave beyond the block that was asked for, and how far it has been given out.
  private var rest: [UInt8] = []
  private var restStart = 0
  private var isEnding = false

  /// A wake-up that came while the source was being asked; it must not be lost.
  var isWakeRequested = false
  /// Breaks the response off at the next block.
  var isBroken = false
  /// After this response the connection is shut down.
  private(set) var isLastOfConnection = false

  private var blocks = 0
  private var lastLook = Progress(blocks: 0, untakenBytes: 0)
  private var looksWithoutProgress = 0
  private var isStalled = false

  private struct Progress: Equatable {
    var blocks: Int
    var untakenBytes: Int32
  }

  init(_ answer: Answer, connection: Connection) {
    self.answer = answer
    self.connection = connection
  }

  // MARK: Queueing

  /// Queues the response; false if libmicrohttpd refuses or is out of memory.
  func queue(on handle: OpaquePointer) -> Bool {
    switch answer {
    case .none:
      return false
    case .whole(let response) where response.body.count <= ServerLimits.blockSizeBytes:
      // libmicrohttpd copies the bytes before the call returns (MHD_RESPMEM_MUST_COPY).
      let made = unsafe response.body.withUnsafeBytes {
        unsafe cmhd_response_copying($0.baseAddress, $0.count)
      }
      return unsafe queue(made, response.status, response.headers, on: handle)
    case .whole(let response):
      source = BodySource(response.body, cutAfter: nil)
      return unsafe queueFilling(
        UInt64(response.body.count), response.status, response.headers, on: handle)
    case .cut(let response, let bodyBytes):
      source = BodySource(response.body, cutAfter: bodyBytes)
      return unsafe queueFilling(
        UInt64(response.body.count), response.status, response.headers, on: handle)
    case .stream(let status, let headers, let source):
      self.source = source
      return unsafe queueFilling(cmhd_size_unknown, status, headers, on: handle)
    }
  }

  private func queueFilling(
    _ sizeBytes: UInt64, _ status: Int, _ headers: [ServerHeader], on handle: OpaquePointer
  ) -> Bool {
    // The response owns one reference to self, given back by the release callback, which
    // libmicrohttpd calls when it destroys the response: `fill` never sees a freed object.
    let made = unsafe cmhd_response_filling(
      sizeBytes, ServerLimits.blockSizeBytes,
      { owner, _, buffer, count in
        guard let owner = unsafe owner, let buffer = unsafe buffer else { return cmhd_fill_failed }
        let sending = unsafe Unmanaged<Sending>.fromOpaque(owner).takeUnretainedValue()
        // libmicrohttpd lends `count` writable bytes at `buffer` for this call.
        return unsafe sending.fill(UnsafeMutableRawBufferPointer(start: buffer, count: count))
      },
      Unmanaged.passRetained(self).toOpaque(),
      { owner in
        guard let owner = unsafe owner else { return }
        unsafe Unmanaged<Sending>.fromOpaque(owner).release()
      })
    return unsafe queue(made, status, headers, on: handle)
  }

  private func queue(
    _ made: OpaquePointer?, _ status: Int, _ headers: [ServerHeader], on handle: OpaquePointer
  ) -> Bool {
    guard let made = unsafe made else { return false }
    // The connection takes its own reference when the response is queued; ours ends here.
    defer { unsafe MHD_destroy_response(made) }
    for header in headers {
      // Both texts are copied; libmicrohttpd refuses what could break out of its line.
      _ = unsafe cmhd_add_header(made, header.name, header.value)
    }
    return unsafe cmhd_queue(handle, UInt32(status), made) != 0
  }

  // MARK: Filling

  /// The next block: a count, 0 when suspended, or one of the two endings.
  private func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
    blocks += 1
    if isBroken { return cmhd_fill_failed }
    if restStart < rest.count { return unsafe give(buffer) }
    if isEnding { return cmhd_fill_end }
    if connection.engine.isStopping {
      isLastOfConnection = true
      return cmhd_fill_end
    }
    guard let source else { return cmhd_fill_failed }
    isWakeRequested = false
    switch source.next(maxBytes: buffer.count) {
    case .bytes(let bytes) where !bytes.isEmpty:
      (rest, restStart) = (bytes, 0)
      return unsafe give(buffer)
    case .bytes, .idle:
      // 0 without a suspension means: ask again soon.
      if !isWakeRequested { connection.suspend() }
      return 0
    case .end:
      return cmhd_fill_end
    case .cut:
      return cmhd_fill_failed
    }
  }

  private func give(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(buffer.count, rest.count - restStart)
    // In bounds: count is at most what `buffer` holds and what is left of `rest`.
    unsafe buffer.copyBytes(from: rest[restStart..<restStart + count])
    restStart += count
    if restStart == rest.count { (rest, restStart) = ([], 0) }
    return count
  }

  /// Adds the heartbeat to an idle stream; false if it has none.
  func addHeartbeat() -> Bool {
    guard let bytes = source?.heartbeat, !bytes.isEmpty else { return false }
    rest.append(contentsOf: bytes)
    return true
  }

  // MARK: Progress

  enum Verdict { case alive, stalled }

  /// Counts from now on; what happened before a suspension says nothing.
  func startLooking() { looksWithoutProgress = 0 }

  /// Whether the peer has taken anything since the last look. The first stall ends a stream with
  /// its last words, the second is final. Bytes waiting in the kernel count: a block may be large.
  func look(untakenBytes: Int32) -> Verdict {
    let seen = Progress(blocks: blocks, untakenBytes: untakenBytes)
    guard seen == lastLook else {
      lastLook = seen
      looksWithoutProgress = 0
      return .alive
    }
    looksWithoutProgress += 1
    guard looksWithoutProgress >= ServerLimits.looksPerStall else { return .alive }
    looksWithoutProgress = 0
    guard let source, !isStalled else { return .stalled }
    isStalled = true
    isEnding = true
    isLastOfConnection = true
    rest.append(contentsOf: source.stalled())
    return .alive
  }
}
