package import Glibc

/// A program that a test runs; it does not outlive the test's process, however that ends.
///
/// `setpriv` has the kernel kill it when the thread that began it ends (PR_SET_PDEATHSIG), so a
/// test that traps leaves nothing behind. Begin it from a test that is no `async` function: then
/// that thread stays until the test is over.
package final class ChildProcess {
  /// Where a stream of the program goes.
  package enum Output {
    /// Owned by the caller, who may close its copy afterwards.
    case descriptor(Int32)
    /// Appended to.
    case file(String)
  }

  /// The number that the kernel gave it.
  package let identifier: pid_t
  private var ending: Int32?

  /// Begins `path` with an environment that holds `PATH`, `HOME` and `changes`, and an empty input.
  package init(
    _ path: String, _ arguments: [String], environment changes: [String: String] = [:],
    output: Output, errors: Output
  ) throws(SpawnFailure) {
    var kept = ["PATH", "HOME", "LD_LIBRARY_PATH"].reduce(into: [String: String]()) {
      $0[$1] = environmentVariable($1)
    }
    kept.merge(changes) { $1 }
    let guarded = ["setpriv", "--pdeathsig", "KILL", "--", path] + arguments
    // The C copies of the texts are freed after the call; both lists end with nil.
    var argv = unsafe guarded.map { unsafe strdup($0) } + [nil]
    var envp = unsafe kept.map { unsafe strdup("\($0.key)=\($0.value)") } + [nil]
    defer { unsafe (argv + envp).forEach { unsafe free($0) } }
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    for (number, output) in [(Int32(1), output), (2, errors)] {
      switch output {
      case .descriptor(let descriptor):
        unsafe posix_spawn_file_actions_adddup2(&actions, descriptor, number)
      case .file(let path):
        let flags = O_WRONLY | O_CREAT | O_APPEND
        unsafe posix_spawn_file_actions_addopen(&actions, number, path, flags, 0o600)
      }
    }
    // Threads of a pool block all signals, and a child inherits that.
    var attributes = posix_spawnattr_t()
    var none = sigset_t()
    unsafe sigemptyset(&none)
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    var child: pid_t = 0
    let code = unsafe posix_spawn(
      &child, "/usr/bin/setpriv", &actions, &attributes, &argv, &envp)
    guard code == 0 else { throw SpawnFailure(program: path, code: code) }
    identifier = child
  }

  deinit { kill() }

  /// Sends `signal`, unless it has ended already.
  package func send(_ signal: Int32) {
    if code == nil { Glibc.kill(identifier, signal) }
  }

  /// Ends it with SIGKILL and waits until it is gone. Idempotent.
  package func kill() {
    send(SIGKILL)
    _ = wait()
  }

  /// How it ended: its exit status, or the negative number of a signal; nil while it runs.
  package var code: Int32? {
    reap(WNOHANG)
    return ending
  }

  /// Waits for its end, as long as that takes.
  package func wait() -> Int32 {
    reap(0)
    return ending ?? -1
  }

  private func reap(_ options: Int32) {
    guard ending == nil else { return }
    var status: Int32 = 0
    var reaped: pid_t
    repeat {
      // `status` outlives the call that fills it.
      reaped = unsafe waitpid(identifier, &status, options)
    } while reaped == -1 && errno == EINTR
    guard reaped == identifier else { return }
    ending = status & 0x7f == 0 ? (status >> 8) & 0xff : -(status & 0x7f)
  }

  /// Processor time it has used in all its threads, to a hundredth of a second (proc(5)).
  package var processorTime: Duration {
    let text = readText("/proc/\(identifier)/stat") ?? ""
    // The program's name stands in parentheses and may hold anything; fields 14 and 15 follow.
    let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
    guard fields.count > 13, let user = Int64(fields[12]), let system = Int64(fields[13]) else {
      return .zero
    }
    return .milliseconds((user + system) * 1000 / Int64(sysconf(Int32(_SC_CLK_TCK))))
  }
}

/// A program that could not be begun.
package struct SpawnFailure: Error, CustomStringConvertible {
  let program: String
  let code: Int32

  /// For people.
  package var description: String {
    // strerror gives a text of the C library, copied at once.
    "cannot begin \(program): \(unsafe String(cString: strerror(code)))"
  }
}

/// A copy of a variable of this process's environment, which no test changes.
package func environmentVariable(_ name: String) -> String? {
  // Copied at once.
  unsafe getenv(name).map { unsafe String(cString: $0) }
}

/// The executable: what RECBRIDGE_BINARY names, else the one that was built beside these tests.
package func builtExecutable() throws(MissingExecutable) -> String {
  if let named = environmentVariable("RECBRIDGE_BINARY") { return named }
  var buffer = [CChar](repeating: 0, count: 4096)
  // `readlink` writes at most the count it is given.
  let size = unsafe readlink("/proc/self/exe", &buffer, buffer.count)
  let tests = String(
    decoding: buffer.prefix(max(0, size)).map(UInt8.init(bitPattern:)), as: UTF8.self)
  let folder = tests.split(separator: "/").dropLast().joined(separator: "/")
  let places = ["/\(folder)/recbridge", "\(packageFolder)/.build/debug/recbridge"]
  // Each path is passed as a C string for the length of the call only.
  guard let place = places.first(where: { unsafe access($0, X_OK) == 0 }) else {
    throw MissingExecutable(places: places)
  }
  return place
}

/// The executable was not built.
package struct MissingExecutable: Error {
  let places: [String]
}

/// The folder of Package.swift, without a slash at its end.
package let packageFolder =
  "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
