import CCurl

/// One easy handle of curl: what goes out is set when it is made, what comes in is collected here.
///
/// curl's callbacks hold this object unretained: its exchange keeps it, and calls `close()` before
/// letting go.
@safe final class Transfer {
  /// Why the transfer itself stopped curl.
  enum Refusal { case tooLarge, repetition }

  /// What a transfer cannot do without, and curl refused.
  struct SetupError: Error { let cause: String }

  /// Owned until `close()`.
  private(set) var easy: UnsafeMutableRawPointer?
  /// curl takes cookies from it and stores them to it until the handle is cleaned up.
  private let jar: CookieJar?
  private let maxBodyBytes: Int
  /// See ``HTTPRequest/onBody``.
  private let onBody: (([UInt8]) -> Void)?
  private let mayBeRepeated: Bool
  /// Owned until `close()`: curl refers to them and does not copy.
  private var lists: [TextList] = []
  private let errorText: UnsafeMutablePointer<CChar>

  private(set) var answer = Answer()
  private(set) var refusal: Refusal?
  /// The request, or a part of it, may have left this machine.
  private(set) var mayHaveBeenSent = false
  /// Called when the connection is there and the request is about to be sent.
  var onSending: (() -> Void)?
  /// Called whenever bytes arrive.
  var onProgress: (() -> Void)?

  init(
    _ request: HTTPRequest, resolved: String?, idleSecondsMax: Int?, options: HTTPClient.Options
  ) throws(SetupError) {
    jar = request.jar
    maxBodyBytes = request.maxBodyBytes
    onBody = request.onBody
    mayBeRepeated = request.mayBeRepeated
    unsafe errorText = .allocate(capacity: Int(ccurl_error_size))
    unsafe errorText.initialize(repeating: 0, count: Int(ccurl_error_size))
    unsafe easy = curl_easy_init()
    guard unsafe easy != nil else { throw SetupError(cause: "out of memory") }
    try setConnection(request, resolved: resolved)
    try set(CURLOPT_BUFFERSIZE, options.receiveBufferBytes)
    if let idleSecondsMax { try set(CURLOPT_MAXAGE_CONN, idleSecondsMax) }
    try setTrust(options)
    try setMessage(request)
    try setCallbacks()
  }

  deinit {
    close()
    unsafe errorText.deallocate()
  }

  /// Frees the handle, which must not be part of a multi any more. Idempotent.
  func close() {
    onSending = nil
    onProgress = nil
    // Safe: freed once; the lists and the error text outlive the handle that refers to them.
    if let easy = unsafe easy { unsafe curl_easy_cleanup(easy) }
    unsafe easy = nil
    lists = []
  }

  /// curl's own words on what went wrong, or those for `code`.
  func cause(_ code: CURLcode) -> String {
    // Safe: curl ends the text with a zero; the strings of curl_easy_strerror are constants.
    let text = unsafe String(cString: errorText)
    return text.isEmpty ? unsafe String(cString: curl_easy_strerror(code)) : text
  }
}

// What curl is told. Every setting is checked: a request without one of them is not sent.
extension Transfer {
  private func setConnection(
    _ request: HTTPRequest, resolved: String?
  ) throws(SetupError) {
    try set(CURLOPT_URL, request.url)
    try set(CURLOPT_PROTOCOLS_STR, "http,https")
    // Redirects are an answer like any other: following one would turn POST into GET.
    try set(CURLOPT_FOLLOWLOCATION, 0)
    // A poll and a command never share a connection, so that one cut concerns one exchange.
    try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
    try set(CURLOPT_NOSIGNAL, 1)
    try set(CURLOPT_CONNECTTIMEOUT_MS, Int(HTTPLimits.connectTime / .milliseconds(1)))
    try set(CURLOPT_TCP_NODELAY, 1)
    try set(CURLOPT_TCP_KEEPALIVE, 1)
    try set(CURLOPT_TCP_KEEPIDLE, HTTPLimits.keepaliveIdleSeconds)
    try set(CURLOPT_TCP_KEEPINTVL, HTTPLimits.keepaliveIntervalSeconds)
    // An empty text keeps curl from reading http_proxy and no_proxy out of the environment.
    try set(CURLOPT_PROXY, request.proxy?.url ?? "")
    try set(CURLOPT_NOPROXY, "")
    // The proxy's answer to CONNECT is no answer of the server.
    try set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    if let credentials = request.proxy?.credentials {
      try set(CURLOPT_PROXYAUTH, 1)  // CURLAUTH_BASIC, which is a macro
      try set(CURLOPT_PROXYUSERNAME, credentials.user)
      try set(CURLOPT_PROXYPASSWORD, credentials.password)
    }
    if let host = request.connectHost, let target = HTTPTarget(request.url) {
      // "HOST:PORT:TO-HOST:TO-PORT", where an empty one means any.
      try set(
        CURLOPT_CONNECT_TO, ["::\(target.connecting(to: host).bracketedHost):\(target.port)"])
    }
    if let path = request.unixSocketPath { try set(CURLOPT_UNIX_SOCKET_PATH, path) }
    if let resolved { try set(CURLOPT_RESOLVE, [resolved]) }
    if let jar {
      // Safe: this object keeps the jar until it has cleaned its handle up.
      try check(unsafe ccurl_set_pointer(easy, CURLOPT_SHARE, jar.share), "CURLOPT_SHARE")
      // No file is read; but without this curl leaves the shared cookies alone.
      try set(CURLOPT_COOKIEFILE, "")
    }
  }

  private func setTrust(_ options: HTTPClient.Options) throws(SetupError) {
    try set(CURLOPT_SSL_VERIFYPEER, options.acceptsAnyCertificate ? 0 : 1)
    try set(CURLOPT_SSL_VERIFYHOST, options.acceptsAnyCertificate ? 0 : 2)
    let minimum =
      switch options.minimumTLS {
      case .tls12: CURL_SSLVERSION_TLSv1_2
      case .tls13: CURL_SSLVERSION_TLSv1_3
      }
    try set(CURLOPT_SSLVERSION, Int(minimum))
    if let file = options.certificateFile {
      try set(CURLOPT_SSLCERT, file)
      try set(CURLOPT_SSLKEY, options.keyFile ?? file)
      // For a key that turns out to be encrypted OpenSSL would ask at the terminal.
      try set(CURLOPT_KEYPASSWD, "")
    }
    if let file = options.caFile { try set(CURLOPT_CAINFO, file) }
    // Debian's default names a folder as well, and with a folder curl reads the bundle for every
    // connection instead of once: 853 KB and not 65 KB of memory each.
    // Safe: NULL takes the setting back.
    try check(unsafe ccurl_set_text(easy, CURLOPT_CAPATH, nil), "CURLOPT_CAPATH")
  }

  private func setMessage(_ request: HTTPRequest) throws(SetupError) {
    try set(CURLOPT_ACCEPT_ENCODING, "gzip")
    if let credentials = request.credentials {
      try set(CURLOPT_HTTPAUTH, 1)  // CURLAUTH_BASIC, which is a macro
      try set(CURLOPT_USERNAME, credentials.user)
      try set(CURLOPT_PASSWORD, credentials.password)
    }
    let body = request.body ?? (["POST", "PUT"].contains(request.method) ? [] : nil)
    // No round trip for permission, which servers before 1.1 answer with silence.
    var lines = ["Expect:"]
    if let body {
      // Safe: the size goes first, and curl copies that many bytes.
      try check(
        unsafe ccurl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, body.count),
        "CURLOPT_POSTFIELDSIZE_LARGE")
      let copied = unsafe body.withUnsafeBytes { bytes in
        // Safe: curl only reads. An empty body has no address, and NULL would mean "no body": it
        // gets one of which curl copies nothing.
        let start = unsafe UnsafeMutableRawPointer(mutating: bytes.baseAddress)
        return unsafe ccurl_set_pointer(
          easy, CURLOPT_COPYPOSTFIELDS, start ?? UnsafeMutableRawPointer(errorText))
      }
      try check(copied, "CURLOPT_COPYPOSTFIELDS")
      // Without this curl claims that the body is an HTML form.
      if !request.headers.contains(where: { $0.name.lowercased() == "content-type" }) {
        lines.append("Content-Type:")
      }
    } else if request.method == "HEAD" {
      try set(CURLOPT_NOBODY, 1)
    }
    let isDefaultMethod = request.method == (body == nil ? "GET" : "POST")
    if !isDefaultMethod, request.method != "HEAD" { try set(CURLOPT_CUSTOMREQUEST, request.method) }
    for header in request.headers {
      // curl's spelling of an empty value; with a colon it would remove the header.
      lines.append(header.value.isEmpty ? "\(header.name);" : "\(header.name): \(header.value)")
    }
    try set(CURLOPT_HTTPHEADER, lines)
  }

  private func setCallbacks() throws(SetupError) {
    // Safe: this object outlives the handle, which `deinit` at the latest cleans up; curl calls
    // back only from within calls for a handle that is alive.
    let user = unsafe Unmanaged.passUnretained(self).toOpaque()
    try check(
      unsafe ccurl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText), "CURLOPT_ERRORBUFFER")
    try check(unsafe ccurl_set_pointer(easy, CURLOPT_HEADERDATA, user), "CURLOPT_HEADERDATA")
    try check(
      unsafe ccurl_set_receive(
        easy, CURLOPT_HEADERFUNCTION,
        { bytes, size, count, user in
          let line = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
          return unsafe Transfer.of(user)?.headLine(line) ?? 0
        }), "CURLOPT_HEADERFUNCTION")
    try check(unsafe ccurl_set_pointer(easy, CURLOPT_WRITEDATA, user), "CURLOPT_WRITEDATA")
    try check(
      unsafe ccurl_set_receive(
        easy, CURLOPT_WRITEFUNCTION,
        { bytes, size, count, user in
          let part = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
          return unsafe Transfer.of(user)?.bodyPart(part) ?? 0
        }), "CURLOPT_WRITEFUNCTION")
    try check(
      unsafe ccurl_set_prereq(
        easy,
        { user, _, _, _, _ in unsafe Transfer.of(user)?.sending() ?? CURL_PREREQFUNC_ABORT },
        user), "CURLOPT_PREREQFUNCTION")
  }

  /// Safe for the user data of `setCallbacks()`.
  private static func of(_ user: UnsafeMutableRawPointer?) -> Transfer? {
    guard let user = unsafe user else { return nil }
    return unsafe Unmanaged<Transfer>.fromOpaque(user).takeUnretainedValue()
  }

  private func set(_ option: CURLoption, _ value: Int) throws(SetupError) {
    // Safe: the handle is alive while it is being set up.
    try check(unsafe ccurl_set_long(easy, option, value), "option \(option.rawValue)")
  }

  private func set(_ option: CURLoption, _ text: String) throws(SetupError) {
    // A text with a zero byte would reach curl shortened.
    guard !text.utf8.contains(0) else { throw SetupError(cause: "a setting has a zero byte") }
    // Safe: curl copies the text.
    try check(unsafe ccurl_set_text(easy, option, text), "option \(option.rawValue)")
  }

  private func set(_ option: CURLoption, _ lines: [String]) throws(SetupError) {
    guard let list = TextList(lines) else { throw SetupError(cause: "out of memory") }
    lists.append(list)
    // Safe: `close()` frees the list after the handle.
    try check(unsafe ccurl_set_list(easy, option, list.head), "option \(option.rawValue)")
  }

  private func check(_ code: CURLcode, _ option: String) throws(SetupError) {
    guard code != CURLE_OK else { return }
    // Safe: a constant text.
    let reason = unsafe String(cString: curl_easy_strerror(code))
    throw SetupError(cause: "libcurl refuses \(option): \(reason)")
  }
}

// What curl calls. Nothing here calls curl back.
extension Transfer {
  private func sending() -> Int32 {
    // curl sends a request again by itself when a connection that it reused turns out to be closed
    // before any byte of an answer. The server may have acted on the first one, so only a request
    // that asks and does not act may be repeated.
    if mayHaveBeenSent, !mayBeRepeated {
      refusal = .repetition
      return Int32(CURL_PREREQFUNC_ABORT)
    }
    mayHaveBeenSent = true
    onSending?()
    return Int32(CURL_PREREQFUNC_OK)
  }

  private func headLine(_ line: UnsafeRawBufferPointer) -> Int {
    onProgress?()
    // Safe: curl's bytes are read during its call only.
    guard unsafe answer.take(headLine: String(decoding: line, as: UTF8.self)) else {
      refusal = .tooLarge
      return 0
    }
    return line.count
  }

  private func bodyPart(_ part: UnsafeRawBufferPointer) -> Int {
    onProgress?()
    // Safe: curl's bytes are copied during its call, here and below.
    if let take = onBody, let status = answer.status, (200..<300).contains(status) {
      unsafe take(Array(part))
      return part.count
    }
    guard part.count <= maxBodyBytes - answer.body.count else {
      refusal = .tooLarge
      return 0
    }
    unsafe answer.body.append(contentsOf: part)
    return part.count
  }
}
