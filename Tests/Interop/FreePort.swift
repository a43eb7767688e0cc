import Glibc
import Testing

/// A port of loopback that nobody uses at the moment.
func freePort() throws -> UInt16 {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
  try #require(descriptor >= 0)
  defer { close(descriptor) }
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  var size = socklen_t(MemoryLayout<sockaddr_in>.size)
  // The address is read, and then filled, for its own length during the calls.
  let code = unsafe withUnsafeMutablePointer(to: &address) { pointer in
    unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
      let bound = unsafe bind(descriptor, address, size)
      return unsafe bound == 0 ? getsockname(descriptor, address, &size) : bound
    }
  }
  try #require(code == 0)
  return UInt16(bigEndian: address.sin_port)
}
