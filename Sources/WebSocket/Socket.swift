import CWebSockets

/// One connection of libwebsockets, client or server: gathers messages, sends what is queued, ends.
///
/// From `Context.add` until libwebsockets destroys it, the context keeps this object.
@safe class Socket {
  unowned let context: Context
  final var number: UInt = 0
  /// libwebsockets' handle: set as soon as it is known, cleared when it is destroyed.
  private(set) final var wsi: OpaquePointer?
  private let messageBytes: Int
  private let queueBytes: Int
  private var queueing = Outbox()
  private var message: [UInt8] = []
  /// The close code to send once everything queued has been sent.
  private var closing: UInt16?
  /// Everything queued is sent, and the close frame is next.
  private var isLeaving = false
  private(set) final var isEstablished = false
  private var isSilent = false

  init(context: Context, messageBytes: Int, queueBytes: Int) {
    self.context = context
    self.messageBytes = messageBytes
    self.queueBytes = queueBytes
  }

  // MARK: For the subclass

  func opened() {}
  func received(_ message: [UInt8]) {}
  /// Some bytes of a message, before it is whole.
  func heard() {}
  func answered(pong: [UInt8]) {}
  /// The peer's close frame, before it is answered.
  func closed(code: Int, reason: String) {}
  /// This side ends it.
  func broke(_ reason: String) {}
  /// libwebsockets has let go of it, whatever was told before.
  func gone() {}
  /// Everything else that libwebsockets says. Not 0 ends the connection.
  func other(_ reason: lws_callback_reasons, _ input: UnsafeMutableRawBufferPointer) -> Int32 { 0 }
  /// The context ends: nothing is told any more.
  func contextEnds() {}

  // MARK: What libwebsockets says

  final func destroyed() {
    unsafe wsi = nil
    gone()
  }

  /// Safe while `wsi` is the handle of a call of libwebsockets.
  final func adopt(_ wsi: OpaquePointer) { unsafe self.wsi = wsi }

  final func called(
    _ wsi: OpaquePointer, _ reason: lws_callback_reasons, _ input: UnsafeMutableRawBufferPointer
  ) -> Int32 {
    unsafe self.wsi = wsi
    switch reason {
    case LWS_CALLBACK_CLIENT_ESTABLISHED, LWS_CALLBACK_ESTABLISHED:
      isEstablished = true
      if isSilent { silence() }
      opened()
      return 0
    case LWS_CALLBACK_CLIENT_RECEIVE, LWS_CALLBACK_RECEIVE:
      return unsafe receive(wsi, UnsafeRawBufferPointer(input))
    case LWS_CALLBACK_CLIENT_RECEIVE_PONG:
      answered(pong: unsafe Array(input))
      return 0
    case LWS_CALLBACK_CLIENT_WRITEABLE, LWS_CALLBACK_SERVER_WRITEABLE:
      return unsafe write(wsi)
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
      let bytes = unsafe Array(input)
      guard bytes.count >= 2 else {
        closed(code: 1005, reason: "")
        return 0
      }
      let code = Int(bytes[0]) << 8 | Int(bytes[1])
      closed(code: code, reason: String(decoding: bytes.dropFirst(2), as: UTF8.self))
      return 0
    default:
      return unsafe other(reason, input)
    }
  }

  private func receive(_ wsi: OpaquePointer, _ bytes: UnsafeRawBufferPointer) -> Int32 {
    guard closing == nil else { return 0 }
    guard bytes.count <= messageBytes - message.count else {
      message = []
      queueing = Outbox()
      close(code: 1009)
      broke("a message is longer than \(messageBytes) bytes")
      return 0
    }
    // Copied during the call.
    unsafe message.append(contentsOf: bytes.assumingMemoryBound(to: UInt8.self))
    heard()
    guard unsafe lws_is_final_fragment(wsi) != 0, unsafe lws_remaining_packet_payload(wsi) == 0
    else { return 0 }
    let whole = message
    message = []
    received(whole)
    return 0
  }

  private func write(_ wsi: OpaquePointer) -> Int32 {
    guard !isSilent else { return 0 }
    switch queueing.next() {
    case .piece(let piece):
      guard unsafe piece.write(to: wsi) else { return -1 }
      if !queueing.isEmpty || closing != nil { unsafe lws_callback_on_writable(wsi) }
      return 0
    case .nothing:
      if closing != nil, !isLeaving {
        isLeaving = true
        context.leaveSoon(self)
      }
      return 0
    }
  }

  // MARK: What is asked of it

  final var queuedBytes: Int { queueing.bytes }

  /// Queues a text message. False if there is no room: then nothing is queued.
  final func queue(_ text: [UInt8]) -> Bool {
    guard closing == nil, queueing.bytes + text.count <= queueBytes else { return false }
    queueing.add(text)
    wantWrite()
    return true
  }

  final func ping(_ payload: [UInt8]) {
    queueing.ping = payload
    wantWrite()
  }

  private func wantWrite() {
    if isEstablished, let wsi = unsafe wsi { unsafe lws_callback_on_writable(wsi) }
  }

  /// Sends what is queued, then a close frame, and ends; is cut when the peer does not play along.
  final func close(code: UInt16) {
    guard closing == nil else { return }
    closing = code
    guard isEstablished, let wsi = unsafe wsi else { return end() }
    context.cutLater(self)
    unsafe lws_callback_on_writable(wsi)
  }

  /// Reads and writes nothing any more, from the upgrade on.
  final func silence() {
    isSilent = true
    if isEstablished, let wsi = unsafe wsi { unsafe lws_rx_flow_control(wsi, 0) }
  }

  /// Ends it without another word.
  final func end() {
    guard unsafe wsi != nil, !isLeaving else { return }
    isLeaving = true
    context.leaveSoon(self)
  }

  /// Ends it with a reset, as when the peer's machine loses it.
  final func reset() {
    guard let wsi = unsafe wsi else { return }
    unsafe cws_reset(lws_get_socket_fd(wsi))
    closing = nil
    end()
  }

  // MARK: For the context, outside of every callback

  /// Sends the close frame if there is to be one, and begins to end.
  final func leave() {
    guard let wsi = unsafe wsi else { return }
    if isEstablished, let closing {
      unsafe lws_close_reason(wsi, lws_close_status(rawValue: UInt32(closing)), nil, 0)
    }
    unsafe cws_close(wsi)
  }

  /// Ends what should have ended by now.
  final func cut() {
    guard let wsi = unsafe wsi else { return }
    unsafe cws_reset(lws_get_socket_fd(wsi))
    unsafe cws_close(wsi)
  }
}
