import Glibc
import Testing

/// How a run of the built executable ended.
struct Ended {
  let code: Int32
  let out: String
  let err: String

  var lines: [String] { out.split(separator: "\n").map(String.init) }
}

/// The executable: what RECBRIDGE_BINARY names, else the one that was built beside these tests.
private func binary() throws -> String {
  if let named = variable("RECBRIDGE_BINARY") { return named }
  var buffer = [CChar](repeating: 0, count: 4096)
  // `readlink` writes at most the count it is given.
  let size = unsafe readlink("/proc/self/exe", &buffer, buffer.count)
  let tests = String(
    decoding: buffer.prefix(max(0, size)).map(UInt8.init(bitPattern:)), as: UTF8.self)
  let folder = tests.split(separator: "/").dropLast().joined(separator: "/")
  let package = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
  let places = ["/\(folder)/recbridge", "/\(package)/.build/debug/recbridge"]
  // Each path is passed as a C string for the length of the call only.
  return try #require(places.first { unsafe access($0, X_OK) == 0 }, "none of \(places)")
}

private func variable(_ name: String) -> String? {
  // Copied at once; no test changes the environment of this process.
  unsafe getenv(name).map { unsafe String(cString: $0) }
}

/// Runs the executable with `arguments` until it ends, serving `daemon` meanwhile.
///
/// One `poll` waits for the output and for the daemon's callers. A run that has not ended after
/// 40 s is killed and fails the test.
func recbridge(
  _ arguments: [String], environment: [String: String] = [:], daemon: FakeDaemon? = nil
) throws -> Ended {
  let (out, err) = (try Pipe(), try Pipe())
  let child = try spawn(try binary(), arguments, environment, out, err)
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
      kill(child, SIGKILL)
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
  var status: Int32 = 0
  // `status` outlives the call that fills it.
  #expect(unsafe waitpid(child, &status, 0) == child)
  let code = status & 0x7f == 0 ? (status >> 8) & 0xff : -(status & 0x7f)
  return Ended(
    code: code, out: String(decoding: texts[out.reading] ?? [], as: UTF8.self),
    err: String(decoding: texts[err.reading] ?? [], as: UTF8.self))
}

/// What is there to read, or nil at the end.
func readSome(_ descriptor: Int32) -> [UInt8]? {
  var buffer = [UInt8](repeating: 0, count: 65_536)
  // `read` writes at most the count it is given.
  let size = unsafe read(descriptor, &buffer, buffer.count)
  return size > 0 ? Array(buffer[..<size]) : nil
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

private func spawn(
  _ path: String, _ arguments: [String], _ changes: [String: String], _ out: Pipe, _ err: Pipe
) throws -> pid_t {
  var kept = ["PATH", "HOME", "LD_LIBRARY_PATH"].reduce(into: [String: String]()) { kept, name in
    kept[name] = variable(name)
  }
  kept.merge(changes) { $1 }
  // The C copies of the texts are freed after the call; both lists end with nil.
  var argv = unsafe ([path] + arguments).map { unsafe strdup($0) } + [nil]
  var envp = unsafe kept.map { unsafe strdup("\($0.key)=\($0.value)") } + [nil]
  defer {
    unsafe (argv + envp).forEach { unsafe free($0) }
  }
  var actions = unsafe posix_spawn_file_actions_t()
  unsafe posix_spawn_file_actions_init(&actions)
  defer { unsafe posix_spawn_file_actions_destroy(&actions) }
  unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
  unsafe posix_spawn_file_actions_adddup2(&actions, out.writing, 1)
  unsafe posix_spawn_file_actions_adddup2(&actions, err.writing, 2)
  var child: pid_t = 0
  try #require(unsafe posix_spawn(&child, path, &actions, nil, &argv, &envp) == 0)
  return child
}

/// A file of its own with `text`, removed after `body`.
func withFile<Result>(_ text: String, _ body: (String) throws -> Result) throws -> Result {
  var template = Array("/tmp/recbridge-file-XXXXXX".utf8CString)
  // The buffer is ours, ends with a zero, and is changed in place.
  let descriptor = unsafe mkstemp(&template)
  try #require(descriptor >= 0)
  let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  defer { _ = unsafe unlink(path) }
  let bytes = Array(text.utf8)
  // The count is that of the array.
  try #require(unsafe write(descriptor, bytes, bytes.count) == bytes.count)
  close(descriptor)
  return try body(path)
}
