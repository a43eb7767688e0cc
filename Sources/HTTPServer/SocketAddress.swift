import CMicroHTTPD
import Glibc

/// An address of a socket, in the room that any family needs.
struct SocketAddress {
  private var storage = sockaddr_storage()
  private(set) var length = socklen_t(MemoryLayout<sockaddr_storage>.size)

  init() {}

  /// The path of a Unix socket; nil if it does not fit (unix(7): 107 bytes and the zero).
  init?(unixPath path: String) {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    let room = MemoryLayout.size(ofValue: address.sun_path) - 1
    guard !bytes.isEmpty, bytes.count <= room, !bytes.contains(0) else { return nil }
    // In bounds by the guard; the rest of the field is zero from its initializer.
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
    // sockaddr_storage is at least as large and aligned as any address (POSIX).
    unsafe withUnsafeMutableBytes(of: &storage) { room in
      unsafe withUnsafeBytes(of: address) { unsafe room.copyMemory(from: $0) }
    }
    length = socklen_t(MemoryLayout<sockaddr_un>.size)
  }

  /// A numeric address, or `localhost` for 127.0.0.1; nil if it is neither. Nothing is looked up.
  init?(host: String, port: UInt16) {
    var hints = unsafe addrinfo()
    unsafe hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    let numeric = host == "localhost" ? "127.0.0.1" : host
    guard unsafe getaddrinfo(numeric, String(port), &hints, &found) == 0, let first = unsafe found
    else { return nil }
    // getaddrinfo succeeded: `first` is its list, freed once, after the copy.
    defer { unsafe freeaddrinfo(first) }
    length = unsafe first.pointee.ai_addrlen
    unsafe withUnsafeMutableBytes(of: &storage) { room in
      unsafe room.copyMemory(
        from: UnsafeRawBufferPointer(start: first.pointee.ai_addr, count: Int(length)))
    }
  }

  var family: Int32 { Int32(storage.ss_family) }

  /// The port of an IPv4 or IPv6 address; both keep it in the same place.
  var port: UInt16 {
    // sin_port and sin6_port are the two bytes after the family, in network order; the storage is
    // larger than that.
    unsafe withUnsafeBytes(of: storage) { unsafe UInt16($0[2]) << 8 | UInt16($0[3]) }
  }

  /// Lends the address to a call that reads it.
  func withPointer<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
    // A sockaddr is the common beginning of every address, by the definition of the interface.
    unsafe withUnsafePointer(to: storage) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, length) }
    }
  }

  /// Lends all of its room to a call that writes an address and its length.
  mutating func withMutablePointer<R>(
    _ body: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> R
  ) -> R {
    length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    var written = length
    let result = unsafe withUnsafeMutablePointer(to: &storage) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, &written) }
    }
    length = min(written, socklen_t(MemoryLayout<sockaddr_storage>.size))
    return result
  }
}

/// What the system says about its last error.
func systemError() -> String {
  // strerror returns a text that stays valid until the next call on this thread; it is copied.
  unsafe String(cString: strerror(errno))
}
