import CWebSockets
import Glibc

/// One connection of a server: the upgrade, then the WebSocket.
@safe final class ServerSocket: Socket {
  weak var peer: WebSocketPeer?
  private let headerNames: [String]
  private var onUpgrade: ((WebSocketUpgrade) -> WebSocketVerdict)?
  private var onEvent: ((WebSocketPeer, WebSocketPeerEvent) -> Void)?
  private var answerHeaders: [(name: String, value: String)] = []
  private var code: Int?
  /// Kept while the owner may be told something: it need not keep the peer itself.
  private var keptPeer: WebSocketPeer?

  init(
    context: Context, options: WebSocketServer.Options,
    onUpgrade: @escaping (WebSocketUpgrade) -> WebSocketVerdict,
    onEvent: @escaping (WebSocketPeer, WebSocketPeerEvent) -> Void
  ) {
    headerNames = options.headerNames
    self.onUpgrade = onUpgrade
    self.onEvent = onEvent
    super.init(
      context: context, messageBytes: options.messageBytes, queueBytes: options.queueBytes)
  }

  func adopt(descriptor: Int32) {
    context.add(self)
    keptPeer = peer
    guard let host = unsafe context.host else { return }
    // A notification waits for no answer: held back until the one before is acknowledged, as tcp(7)
    // does, it would come 40 ms late. Safe: the size is that of the integer.
    var isOn: Int32 = 1
    unsafe setsockopt(
      descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &isOn, socklen_t(MemoryLayout<Int32>.size))
    // libwebsockets owns the descriptor from here on, also if it refuses.
    let handle = unsafe context.entering { unsafe lws_adopt_socket_vhost(host, descriptor) }
    guard let handle = unsafe handle else {
      context.remove(self)
      return gone()
    }
    unsafe lws_set_opaque_user_data(handle, UnsafeMutableRawPointer(bitPattern: number))
    unsafe adopt(handle)
  }

  /// Tells nothing any more.
  func letGo() {
    onUpgrade = nil
    onEvent = nil
    keptPeer = nil
  }

  private func tell(_ event: WebSocketPeerEvent) {
    guard let peer = keptPeer else { return }
    onEvent?(peer, event)
  }

  override func opened() { tell(.opened) }
  override func received(_ message: [UInt8]) { tell(.message(message)) }
  override func closed(code: Int, reason: String) { self.code = code }
  override func contextEnds() { letGo() }

  override func gone() {
    tell(.closed(code: code))
    letGo()
  }

  override func other(
    _ reason: lws_callback_reasons, _ input: UnsafeMutableRawBufferPointer
  ) -> Int32 {
    switch reason {
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE: return upgrade()
    case LWS_CALLBACK_ADD_HEADERS: return unsafe addHeaders(input)
    // A request that is none for a WebSocket.
    case LWS_CALLBACK_HTTP: return -1
    default: return 0
    }
  }

  // MARK: The upgrade

  private func upgrade() -> Int32 {
    guard let wsi = unsafe wsi, let ask = onUpgrade else { return -1 }
    onUpgrade = nil
    switch unsafe ask(WebSocketUpgrade(reading: wsi, names: headerNames)) {
    case .accept(let headers):
      answerHeaders = headers
      return 0
    case .refuse(let status, let headers):
      unsafe refuse(wsi, status, headers)
      return 1
    }
  }

  private func refuse(
    _ wsi: OpaquePointer, _ status: Int, _ headers: [(name: String, value: String)]
  ) {
    var lines = ["HTTP/1.1 \(status) Refused", "Content-Length: 0", "Connection: close"]
    lines += headers.map { "\($0.name): \($0.value)" }
    let head = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    let piece = Outbox.Piece(bytes: head[...], kind: LWS_WRITE_HTTP_HEADERS.rawValue)
    _ = unsafe piece.write(to: wsi)
  }

  private func addHeaders(_ input: UnsafeMutableRawBufferPointer) -> Int32 {
    guard let place = input.baseAddress else { return 0 }
    let lines = answerHeaders.map { "\($0.name): \($0.value)\r\n" }.joined()
    answerHeaders = []
    // Safe: this is what libwebsockets passes with this reason: where to write, and the room.
    let arguments = unsafe place.assumingMemoryBound(to: lws_process_html_args.self)
    guard unsafe lines.utf8.count < arguments.pointee.max_len else { return -1 }
    for byte in lines.utf8 {
      unsafe arguments.pointee.p.pointee = CChar(bitPattern: byte)
      unsafe arguments.pointee.p += 1
    }
    return 0
  }
}

extension WebSocketUpgrade {
  /// Safe while libwebsockets asks about the upgrade of `wsi`: it has the head then.
  init(reading wsi: OpaquePointer, names: [String]) {
    var headers: [(name: String, value: String)] = []
    var target = "/"
    for number in 0..<WSI_TOKEN_COUNT.rawValue {
      let token = lws_token_indexes(rawValue: number)
      guard let value = unsafe Self.text(of: token, wsi) else { continue }
      if token == WSI_TOKEN_GET_URI {
        target = value
      } else if let name = unsafe lws_token_to_string(token) {
        // Safe: a constant text of libwebsockets.
        let text = unsafe String(
          cString: UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self))
        if text.hasSuffix(":") { headers.append((String(text.dropLast()), value)) }
      }
    }
    var index: Int32 = 0
    var arguments: [String] = []
    while let argument = unsafe Self.fragment(index, of: WSI_TOKEN_HTTP_URI_ARGS, wsi) {
      arguments.append(argument)
      index += 1
    }
    for name in names {
      if let value = unsafe Self.custom(name, wsi) { headers.append((name, value)) }
    }
    self.target = arguments.isEmpty ? target : target + "?" + arguments.joined(separator: "&")
    self.headers = headers
  }

  private static func text(of token: lws_token_indexes, _ wsi: OpaquePointer) -> String? {
    let count = unsafe lws_hdr_total_length(wsi, token)
    guard count > 0 else { return nil }
    var room = [CChar](repeating: 0, count: Int(count) + 1)
    // Safe: the room is said, and the copy ends with a zero.
    let copied = unsafe lws_hdr_copy(wsi, &room, count + 1, token)
    return copied > 0 ? Self.text(room, copied) : nil
  }

  private static func fragment(
    _ index: Int32, of token: lws_token_indexes, _ wsi: OpaquePointer
  ) -> String? {
    let count = unsafe lws_hdr_fragment_length(wsi, token, index)
    guard count > 0 else { return nil }
    var room = [CChar](repeating: 0, count: Int(count) + 1)
    // Safe: as above.
    let copied = unsafe lws_hdr_copy_fragment(wsi, &room, count + 1, token, index)
    return copied > 0 ? Self.text(room, copied) : nil
  }

  private static func custom(_ name: String, _ wsi: OpaquePointer) -> String? {
    let name = name + ":"
    let count = unsafe lws_hdr_custom_length(wsi, name, Int32(name.utf8.count))
    guard count >= 0 else { return nil }
    var room = [CChar](repeating: 0, count: Int(count) + 1)
    // Safe: as above.
    let copied = unsafe lws_hdr_custom_copy(wsi, &room, count + 1, name, Int32(name.utf8.count))
    return copied >= 0 ? Self.text(room, copied) : nil
  }

  private static func text(_ room: [CChar], _ count: Int32) -> String {
    String(decoding: room.prefix(Int(count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
