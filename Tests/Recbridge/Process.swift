import Glibc
import TestSupport
import Testing

/// How a run of the built executable ended.
struct Ended {
  let code: Int32
  let out: String
  let err: String

  var lines: [String] { out.split(separator: "\n").map(String.init) }
}

/// Runs the executable with `arguments` until it ends, serving `daemon` meanwhile.
///
/// One `poll` waits for the output and for the daemon's callers. A run that has not ended after
/// 40 s is killed and fails the test.
func recbridge(
  _ arguments: [String], environment: [String: String] = [:], daemon: FakeDaemon? = nil
) throws -> Ended {
  let (out, err) = (try Pipe(), try Pipe())
  let child = try ChildProcess(
    try builtExecutable(), arguments, environment: environment,
    output: .descriptor(out.writing), errors: .descriptor(err.writing))
  out.closeWriting()
  err.closeWriting()
  defer {
    close(out.reading)
    close(err.reading)
  }
  var texts: [Int32: [UInt8]] = [out.reading: [], err.reading: []]
  var open: Set<Int32> = [out.reading, err.reading]
  let start = ContinuousClock.now
  while !open.isEmpty {
    var waits = open.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    if let daemon { waits.append(pollfd(fd: daemon.listener, events: Int16(POLLIN), revents: 0)) }
    // The count is that of the array.
    let count = unsafe poll(&waits, nfds_t(waits.count), 40_000)
    guard count > 0, ContinuousClock.now - start < .seconds(40) else {
      child.kill()
      Issue.record("recbridge \(arguments) has not ended after 40 s")
      break
    }
    for wait in waits where wait.revents != 0 {
      if wait.fd == daemon?.listener {
        daemon?.serve()
      } else if let bytes = readSome(wait.fd) {
        texts[wait.fd, default: []] += bytes
      } else {
        open.remove(wait.fd)
      }
    }
  }
  return Ended(
    code: child.wait(), out: String(decoding: texts[out.reading] ?? [], as: UTF8.self),
    err: String(decoding: texts[err.reading] ?? [], as: UTF8.self))
}

/// Two ends, of which a child gets the writing one.
private struct Pipe {
  let reading: Int32
  let writing: Int32

  init() throws {
    var ends: [Int32] = [-1, -1]
    // Sockets, for they can be closed in other tests' children from the moment they exist.
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    // `socketpair` writes the two descriptors that the array has room for.
    try #require(unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0)
    (reading, writing) = (ends[0], ends[1])
  }

  func closeWriting() { close(writing) }
}
