import Glibc
import Loop
import Reactor
import TestSupport
import Testing

@testable import Outlets

@Suite struct DatagramDeliveryTests {
  @Test func `a message that the socket cannot take costs none of those before it`() throws {
    try withFolder { folder in
      let path = "\(folder)/log"
      let socket = try receiver(path)
      defer { close(socket) }
      let loop = try EventLoop()
      defer { loop.close() }
      var outcome: OutletError??
      let messages = [Array("one".utf8), [UInt8](repeating: 120, count: 8 << 20)]
      let delivery = DatagramDelivery(messages, to: path, reactor: loop) { outcome = .some($0) }
      #expect(loop.run { outcome != nil })
      let error = try #require(outcome ?? nil)
      #expect(error.cause.contains("8388608 bytes") && error.cause.contains("maxBytes"))
      #expect(delivery.received == 1)
      #expect(readSome(socket) == messages[0])
    }
  }

  private func receiver(_ path: String) throws -> Int32 {
    let kind = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue)
    let descriptor = socket(AF_UNIX, kind, 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    // The path is shorter than `sun_path`, which was zero before.
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { bytes in
      unsafe bytes.copyBytes(from: Array(path.utf8))
    }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    // The address outlives the call and has the size that is named.
    let code = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(descriptor, $0, size)
      }
    }
    try #require(descriptor >= 0 && code == 0)
    return descriptor
  }
}
