import CWebSockets

/// What waits to be sent on one socket, in order; a ping goes before messages.
struct Outbox {
  enum Next {
    case piece(Piece)
    case nothing
  }

  /// One frame.
  struct Piece {
    let bytes: ArraySlice<UInt8>
    let kind: UInt32

    /// False if the connection is broken. Safe in a writeable call of `wsi`.
    func write(to wsi: OpaquePointer) -> Bool {
      let room = Int(cws_room)
      return unsafe withUnsafeTemporaryAllocation(
        byteCount: room + bytes.count, alignment: 16
      ) { buffer in
        // libwebsockets writes the frame's head into the room before the bytes.
        guard let start = buffer.baseAddress else { return false }
        unsafe bytes.withUnsafeBytes { bytes in
          unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[room...]).copyMemory(from: bytes)
        }
        let payload = unsafe (start + room).assumingMemoryBound(to: UInt8.self)
        let kind = lws_write_protocol(rawValue: kind)
        return unsafe lws_write(wsi, payload, bytes.count, kind) >= 0
      }
    }
  }

  private var messages: [[UInt8]] = []
  private var first = 0
  private var offset = 0
  /// Bytes of messages that are not written yet.
  private(set) var bytes = 0
  var ping: [UInt8]?

  var isEmpty: Bool { ping == nil && first == messages.count }

  mutating func add(_ message: [UInt8]) {
    messages.append(message)
    bytes += message.count
  }

  /// The next frame, which counts as written from now on.
  mutating func next() -> Next {
    if let payload = ping {
      ping = nil
      return .piece(Piece(bytes: payload[...], kind: LWS_WRITE_PING.rawValue))
    }
    guard first < messages.count else { return .nothing }
    let message = messages[first]
    let end = min(offset + WebSocketLimits.frameBytes, message.count)
    let isLast = end == message.count
    var kind = offset == 0 ? LWS_WRITE_TEXT.rawValue : LWS_WRITE_CONTINUATION.rawValue
    if !isLast { kind |= LWS_WRITE_NO_FIN.rawValue }
    let piece = Piece(bytes: message[offset..<end], kind: kind)
    bytes -= piece.bytes.count
    offset = isLast ? 0 : end
    if isLast { takeFirst() }
    return .piece(piece)
  }

  private mutating func takeFirst() {
    messages[first] = []
    first += 1
    if first == messages.count {
      messages.removeAll()
      first = 0
    } else if first >= 1024, first * 2 >= messages.count {
      messages.removeFirst(first)
      first = 0
    }
  }
}
