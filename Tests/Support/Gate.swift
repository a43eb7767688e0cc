import Glibc

/// Threads wait at it, without turning, until it is opened.
package final class Gate: Sendable {
  private let inner: Int32
  private let outer: Int32

  /// A closed one.
  package init() throws(FileFailure) {
    var pair: [Int32] = [-1, -1]
    // The array has room for the two descriptors.
    guard unsafe pipe(&pair) == 0 else { throw FileFailure(operation: "open", path: "a pipe") }
    (inner, outer) = (pair[0], pair[1])
  }

  deinit {
    close(inner)
    close(outer)
  }

  /// Returns once it is open.
  package func wait() {
    var one = pollfd(fd: inner, events: Int16(POLLIN), revents: 0)
    // The structure lives through the call.
    while unsafe poll(&one, 1, -1) != 1 {}
  }

  /// Opens it for ever. Idempotent.
  package func open() {
    var byte: UInt8 = 1
    // The byte lives through the call.
    _ = unsafe write(outer, &byte, 1)
  }
}
