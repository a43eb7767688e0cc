import Glibc
import Reactor

/// A WebSocket server on raw sockets that does exactly what its script says, right or wrong.
///
/// It reads the head of the request, asks the script what to do and does that, step by step; what
/// comes afterwards it only keeps. It knows nothing of WebSockets but the accept key, which it takes
/// from its own SHA-1 so that it depends on nothing it tests.
final class Peer {
  enum Step {
    /// Answers the upgrade with 101 and these further lines.
    case upgrade([String] = [])
    case send(String)
    case frame(Frame)
    /// In single bytes, each a segment of its own as far as the kernel lets it.
    case trickle(Frame)
    case bytes([UInt8])
    case pause(Duration)
    case close
    case reset
  }

  /// One frame of a server, as it stands on the wire (RFC 6455, 5.2).
  struct Frame {
    var opcode: UInt8
    var payload: [UInt8]
    var isFinal = true

    static func text(_ text: String, final: Bool = true) -> Frame {
      Frame(opcode: 1, payload: Array(text.utf8), isFinal: final)
    }
    static func more(_ text: String, final: Bool) -> Frame {
      Frame(opcode: 0, payload: Array(text.utf8), isFinal: final)
    }
    static func close(_ code: Int?, _ reason: String = "") -> Frame {
      guard let code else { return Frame(opcode: 8, payload: []) }
      return Frame(opcode: 8, payload: [UInt8(code >> 8), UInt8(code & 255)] + Array(reason.utf8))
    }

    var wire: [UInt8] {
      var head: [UInt8] = [(isFinal ? 0x80 : 0) | opcode]
      switch payload.count {
      case ..<126: head.append(UInt8(payload.count))
      case ..<65536: head += [126, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
      default: head += [127] + (0..<8).map { UInt8(payload.count >> (56 - 8 * $0) & 255) }
      }
      return head + payload
    }
  }

  private let reactor: any Reactor
  private let script: (String) -> [Step]
  private let listener: Int32
  private var watch: (any Watch)?
  fileprivate var connections: [Int: PeerConnection] = [:]
  private(set) var connectionCount = 0
  /// The heads of all requests, as they came.
  fileprivate(set) var heads: [String] = []
  /// All bytes after the heads, still masked.
  fileprivate(set) var rest: [UInt8] = []
  private(set) var port: UInt16 = 0
  var openCount: Int { connections.count }

  /// Listens on `port` of 127.0.0.1, or on a free one.
  init(
    _ reactor: any Reactor, port wanted: UInt16 = 0, script: @escaping (String) -> [Step]
  ) throws {
    self.reactor = reactor
    self.script = script
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    listener = socket(AF_INET, kind, 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    address.sin_port = wanted.bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    // Safe: both calls get a sockaddr_in with its size.
    unsafe withUnsafeMutablePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        let bound = unsafe bind(listener, $0, size)
        let named = unsafe getsockname(listener, $0, &size)
        precondition(bound == 0 && named == 0, "bind: errno \(errno)")
      }
    }
    port = UInt16(bigEndian: address.sin_port)
    let listened = listen(listener, 4096)
    precondition(listened == 0, "listen: errno \(errno)")
    watch = try reactor.watch(listener, for: .readable) { [weak self] _ in self?.accept() }
  }

  var url: String { "ws://127.0.0.1:\(port)" }

  func close() {
    watch?.cancel()
    for connection in connections.values { connection.close() }
    Glibc.close(listener)
  }

  private func accept() {
    while true {
      let descriptor = Glibc.accept(listener, nil, nil)
      guard descriptor >= 0 else { return }
      connectionCount += 1
      let connection = PeerConnection(connectionCount, descriptor, peer: self)
      connections[connectionCount] = connection
      connection.start(reactor)
    }
  }

  fileprivate func steps(for head: String) -> [Step] {
    heads.append(head)
    return script(head)
  }

  fileprivate func kept(_ bytes: [UInt8]) { rest += bytes }
}

private final class PeerConnection {
  private let number: Int
  private let descriptor: Int32
  private unowned let peer: Peer
  private var watch: (any Watch)?
  private var timer: (any ReactorTimer)?
  private var input: [UInt8] = []
  private var head: String?
  private var output: ArraySlice<UInt8> = []
  private var isTrickling = false
  private var isPaused = false
  private var steps: ArraySlice<Peer.Step> = []
  private var isOpen = true

  init(_ number: Int, _ descriptor: Int32, peer: Peer) {
    self.number = number
    self.descriptor = descriptor
    self.peer = peer
  }

  func start(_ reactor: any Reactor) {
    var on: Int32 = 1
    // Safe: the option's value is an Int32 of that size.
    _ = unsafe setsockopt(
      descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    timer = reactor.makeTimer { [weak self] in
      self?.isPaused = false
      self?.goOn()
    }
    watch = try? reactor.watch(descriptor, for: .readable) { [weak self] ready in
      if ready.contains(.readable) { self?.read() }
      if ready.contains(.writable) { self?.goOn() }
    }
  }

  func close() {
    guard isOpen else { return }
    isOpen = false
    watch?.cancel()
    timer?.cancel()
    Glibc.close(descriptor)
    peer.connections[number] = nil
  }

  private func reset() {
    var linger = linger(l_onoff: 1, l_linger: 0)
    // Safe: the option's value is a `linger` of that size.
    _ = unsafe setsockopt(
      descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    close()
  }

  private func read() {
    var buffer = [UInt8](repeating: 0, count: 65536)
    while isOpen {
      // Safe: the buffer has the size that is passed.
      let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
      if count < 0 && errno == EAGAIN { break }
      if count <= 0 { return close() }
      if head == nil { input += buffer[..<count] } else { peer.kept(Array(buffer[..<count])) }
    }
    if head == nil, let end = input.firstRange(of: Array("\r\n\r\n".utf8)) {
      let text = String(decoding: input[..<end.lowerBound], as: UTF8.self)
      head = text
      steps = peer.steps(for: text)[...]
    }
    goOn()
  }

  private func goOn() {
    while isOpen, !isPaused {
      guard flush() else { return }
      guard let step = steps.popFirst() else { return }
      isTrickling = false
      perform(step)
    }
  }

  private func perform(_ step: Peer.Step) {
    switch step {
    case .upgrade(let lines):
      let key = head?.split(separator: "\r\n").first {
        $0.lowercased().hasPrefix("sec-websocket-key")
      }
      let text = String(key?.split(separator: " ").last ?? "")
      let answer =
        ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"] + lines
        + ["Sec-WebSocket-Accept: \(SHA1.accept(text))"]
      output = Array((answer.joined(separator: "\r\n") + "\r\n\r\n").utf8)[...]
    case .send(let text): output = Array(text.utf8)[...]
    case .frame(let frame): output = frame.wire[...]
    case .trickle(let frame):
      isTrickling = true
      output = frame.wire[...]
    case .bytes(let bytes): output = bytes[...]
    case .pause(let time):
      isPaused = true
      timer?.start(after: time)
    case .close: close()
    case .reset: reset()
    }
  }

  /// False if the rest has to wait.
  private func flush() -> Bool {
    while !output.isEmpty {
      let count = isTrickling ? 1 : output.count
      // Safe: the bytes outlive the call, and their count is given.
      let sent = unsafe output.withUnsafeBytes { bytes in
        unsafe send(descriptor, bytes.baseAddress, count, Int32(MSG_NOSIGNAL))
      }
      if sent < 0 {
        if errno == EAGAIN { watch?.update([.readable, .writable]) } else { close() }
        return false
      }
      output = output.dropFirst(sent)
      if isTrickling, !output.isEmpty {
        isPaused = true
        timer?.start(after: .zero)
        return false
      }
    }
    watch?.update(.readable)
    return true
  }
}

/// FIPS 180-4, as far as the accept key of RFC 6455, 4.2.2 needs it.
enum SHA1 {
  static func accept(_ key: String) -> String {
    base64(hash(Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)))
  }

  static func hash(_ message: [UInt8]) -> [UInt8] {
    var state: [UInt32] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0]
    var bytes = message + [0x80]
    while bytes.count % 64 != 56 { bytes.append(0) }
    bytes += (0..<8).map { UInt8((message.count * 8) >> (56 - 8 * $0) & 255) }
    for start in stride(from: 0, to: bytes.count, by: 64) {
      var words = (0..<16).map { index in
        (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(bytes[start + index * 4 + $1]) }
      }
      for index in 16..<80 {
        let mixed = words[index - 3] ^ words[index - 8] ^ words[index - 14] ^ words[index - 16]
        words.append(mixed << 1 | mixed >> 31)
      }
      var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
      for index in 0..<80 {
        let (f, k): (UInt32, UInt32) =
          switch index {
          case ..<20: (b & c | ~b & d, 0x5a82_7999)
          case ..<40: (b ^ c ^ d, 0x6ed9_eba1)
          case ..<60: (b & c | b & d | c & d, 0x8f1b_bcdc)
          default: (b ^ c ^ d, 0xca62_c1d6)
          }
        let next = (a << 5 | a >> 27) &+ f &+ e &+ k &+ words[index]
        (e, d, c, b, a) = (d, c, b << 30 | b >> 2, a, next)
      }
      for (index, value) in [a, b, c, d, e].enumerated() { state[index] &+= value }
    }
    return state.flatMap { word in (0..<4).map { UInt8(word >> (24 - 8 * $0) & 255) } }
  }

  private static func base64(_ bytes: [UInt8]) -> String {
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    var text = ""
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = Array(bytes[start..<min(start + 3, bytes.count)])
      let padded = group + [UInt8](repeating: 0, count: 3 - group.count)
      let number = Int(padded[0]) << 16 | Int(padded[1]) << 8 | Int(padded[2])
      for index in 0..<4 {
        text.append(index <= group.count ? letters[number >> (18 - 6 * index) & 63] : "=")
      }
    }
    return text
  }
}
