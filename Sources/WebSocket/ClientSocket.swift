import CWebSockets

/// One attempt of a client at one address, and the socket that comes of it.
@safe final class ClientSocket: Socket {
  /// Whom to tell; nobody after it was given up.
  weak var owner: WebSocketConnection?
  private let options: WebSocketOptions
  /// Until the upgrade is sent.
  private var headers: [(name: String, value: String)]
  private var target: Target?
  private var setCookies: [String] = []

  init(_ request: WebSocketRequest, client: WebSocketClient, owner: WebSocketConnection) {
    self.owner = owner
    options = client.options
    headers = request.headers
    super.init(
      context: client.context, messageBytes: client.options.messageBytes,
      queueBytes: WebSocketLimits.clientQueueBytes)
  }

  /// Begins; the owner may be told of a failure before this returns.
  func connect(to address: String, of opening: Opening) {
    guard let target = opening.target, let host = unsafe context.host else { return }
    self.target = target
    context.add(self)
    // A redirect is a refusal like any other.
    var flags = LCCSCF_HTTP_NO_FOLLOW_REDIRECT.rawValue
    if target.isSecure {
      flags |= LCCSCF_USE_SSL.rawValue
      if options.isInsecure {
        flags |=
          LCCSCF_ALLOW_SELFSIGNED.rawValue | LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK.rawValue
          | LCCSCF_ALLOW_EXPIRED.rawValue | LCCSCF_ALLOW_INSECURE.rawValue
      }
    }
    // A proxy is asked for the host by its name, and it is the proxy that is connected to.
    if let proxy = options.proxy { unsafe lws_set_proxy(host, proxy.text(address)) }
    let place = options.proxy == nil ? address : target.host
    cws_forget_errors()
    let handle = unsafe context.entering {
      unsafe withCStrings(place, target.path, target.hostHeader(options.serverName)) {
        place, path, name in
        var info = unsafe lws_client_connect_info()
        unsafe info.context = context.handle
        unsafe info.vhost = host
        unsafe info.address = place
        unsafe info.port = Int32(target.port)
        unsafe info.path = path
        unsafe info.host = name
        unsafe info.ssl_connection = Int32(flags)
        unsafe info.local_protocol_name = nil
        unsafe info.opaque_user_data = UnsafeMutableRawPointer(bitPattern: number)
        // Safe: libwebsockets copies the texts.
        return unsafe lws_client_connect_via_info(&info)
      }
    }
    if let handle = unsafe handle {
      if context.knows(self) { unsafe adopt(handle) }
    } else {
      context.remove(self)
      fail("libwebsockets could not begin to connect")
    }
  }

  override func opened() {
    let cookies = setCookies
    setCookies = []
    target = nil
    owner?.opened(self, setCookies: cookies)
  }

  override func received(_ message: [UInt8]) { owner?.received(message) }
  override func heard() { owner?.heard() }
  override func answered(pong: [UInt8]) { owner?.answered(pong: pong) }

  override func closed(code: Int, reason: String) {
    owner?.end(.code(code), reason.isEmpty ? "the server closed it" : "the server said: \(reason)")
  }

  override func broke(_ reason: String) { owner?.end(.broken, reason) }
  override func gone() { fail("the connection was cut") }
  override func contextEnds() { owner = nil }

  private func fail(_ reason: String) {
    guard let owner else { return }
    if isEstablished { return owner.end(.broken, reason) }
    self.owner = nil
    owner.failed(WebSocketClose(.unreachable, reason))
  }

  override func other(
    _ reason: lws_callback_reasons, _ input: UnsafeMutableRawBufferPointer
  ) -> Int32 {
    switch reason {
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER: return unsafe append(input)
    case LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH:
      setCookies = headerValues(WSI_TOKEN_HTTP_SET_COOKIE)
      return 0
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
      // Some of its texts end with a zero, some do not.
      refused(unsafe String(decoding: input.prefix { $0 != 0 }, as: UTF8.self))
      return 0
    case LWS_CALLBACK_CLIENT_CLOSED:
      fail("the connection was cut")
      return 0
    default: return 0
    }
  }

  /// A status of HTTP is an answer; everything else is none.
  private func refused(_ text: String) {
    let status = headerValues(WSI_TOKEN_HTTP).first.flatMap { Int($0.prefix(3)) }
    guard let owner, let status, status != 101 else { return fail(meaning(of: text)) }
    self.owner = nil
    owner.failed(WebSocketClose(.refused(status: status), "the server answered \(status)"))
  }

  /// libwebsockets takes a proxy's answer for itself and only tells that it was not 200.
  private func meaning(of text: String) -> String {
    // Safe: the handle is that of the call, and the text is a constant of OpenSSL's.
    if !options.isInsecure, let wsi = unsafe wsi,
      let problem = unsafe cws_certificate_problem(wsi)
    {
      return "the server's certificate is not trusted: \(unsafe String(cString: problem))"
    }
    guard text == "proxy not h1", let proxy = options.proxy, let target else {
      return "libwebsockets: \(text)"
    }
    let wanted =
      proxy.user == nil
      ? "it wants a user and a password (407), which `proxy` does not have"
      : "it does not take the user and the password of `proxy` (407)"
    return "the proxy \(proxy.host):\(proxy.port) refuses a tunnel to \(target.host):\(target.port)"
      + ": \(wanted), or it allows none (403); mend `proxy`, or ask who runs it"
  }

  /// The values of a header of the answer, each as it came.
  private func headerValues(_ token: lws_token_indexes) -> [String] {
    guard let wsi = unsafe wsi else { return [] }
    var values: [String] = []
    var index: Int32 = 0
    while index < 64 {
      let count = unsafe lws_hdr_fragment_length(wsi, token, index)
      guard count > 0 else { break }
      var text = [CChar](repeating: 0, count: Int(count) + 1)
      // Safe: the room is said, and the copy ends with a zero.
      let copied = unsafe lws_hdr_copy_fragment(wsi, &text, count + 1, token, index)
      guard copied > 0 else { break }
      let value = String(
        decoding: text.prefix(Int(copied)).map(UInt8.init(bitPattern:)), as: UTF8.self)
      // libwebsockets leaves the blanks of a repeated header.
      values.append(String(value.drop { $0 == " " || $0 == "\t" }))
      index += 1
    }
    return values
  }

  /// Adds our headers to the request; refuses to send it without one of them.
  private func append(_ input: UnsafeMutableRawBufferPointer) -> Int32 {
    owner?.connected()
    guard owner != nil, let place = input.baseAddress else { return -1 }
    let lines = headers.map { "\($0.name): \($0.value)\r\n" }.joined()
    headers = []
    guard lines.utf8.count < input.count else {
      fail("the headers are longer than \(WebSocketLimits.headBytes) bytes")
      return -1
    }
    // Safe: `place` holds where to write next, and that many bytes of room were said. It is null
    // when libwebsockets had no random bytes for the key, which it only finds out later.
    let cursor = unsafe place.assumingMemoryBound(to: UnsafeMutablePointer<UInt8>?.self)
    guard let start = unsafe cursor.pointee else {
      fail("libwebsockets could not prepare the request")
      return -1
    }
    for (index, byte) in lines.utf8.enumerated() { unsafe start[index] = byte }
    unsafe cursor.pointee = start + lines.utf8.count
    return 0
  }
}

/// Lends three texts to a call that copies them.
private func withCStrings<Result>(
  _ first: String, _ second: String, _ third: String,
  _ body: (UnsafePointer<CChar>, UnsafePointer<CChar>, UnsafePointer<CChar>) -> Result
) -> Result {
  unsafe first.withCString { first in
    unsafe second.withCString { second in
      unsafe third.withCString { third in unsafe body(first, second, third) }
    }
  }
}
