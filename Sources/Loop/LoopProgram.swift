import CLinux
import CUV
import Glibc
package import Reactor

/// A program to be run beside the loop, and the bounds within which it runs.
package struct ProgramRun: Sendable {
  /// The absolute path of the program, and what it is given.
  package var path: String
  package var arguments: [String]
  /// All of its environment, each as `NAME=VALUE`.
  package var environment: [String]
  /// What it reads, at most ``inputMaxBytes``.
  package var input: [UInt8]
  /// It is killed, with all of its process group, after so long.
  package var timeMax: Duration

  /// What a pipe takes at once, whoever else has pipes (pipe(7)).
  package static let inputMaxBytes = 4_096
  /// Of what it says on its standard error, so much is kept; it may say as much as it likes.
  package static let errorTextMaxBytes = 1_024

  package init(
    path: String, arguments: [String], environment: [String], input: [UInt8], timeMax: Duration
  ) {
    self.path = path
    self.arguments = arguments
    self.environment = environment
    self.input = input
    self.timeMax = timeMax
  }
}

/// How a program ended.
package struct ProgramEnd: Equatable, Sendable {
  package enum Way: Equatable, Sendable {
    /// By itself, with this status.
    case exited(Int)
    case signalled(Int32)
    /// It was killed, because its time was over.
    case overdue
  }

  package let way: Way
  /// The beginning of what it said on its standard error.
  package let errorText: [UInt8]
}

/// A running program, in a session and a process group of its own, with its standard output thrown
/// away.
///
/// Wraps `uv_spawn`.
@safe package final class LoopProgram: LoopHandle {
  private let run: ProgramRun
  private var completion: ((ProgramEnd) -> Void)?
  private var timer: (any ReactorTimer)?
  private var watch: (any Watch)?
  /// Our end of its standard error.
  private var errors: Int32 = -1
  private var errorText: [UInt8] = []
  private var isOverdue = false
  /// From its beginning until it was waited for.
  private var isRunning = false

  /// One that was killed is gone within milliseconds, unless its disk hangs.
  private static let reapWait = Duration.seconds(1)

  private var process: UnsafeMutablePointer<uv_process_t> {
    unsafe memory.assumingMemoryBound(to: uv_process_t.self)
  }

  /// Its number among the processes, while it runs.
  var pid: pid_t { unsafe process.pointee.pid }

  fileprivate init(
    loop: EventLoop, _ run: ProgramRun, completion: @escaping (ProgramEnd) -> Void
  ) throws(ReactorError) {
    self.run = run
    self.completion = completion
    super.init(loop: loop, kind: UV_PROCESS)
    let input = try Self.pipe(run)
    defer { input.close() }
    let output = try Self.pipe(run)
    errors = output.reading
    defer { Glibc.close(output.writing) }
    do throws(ReactorError) {
      try input.fill(run)
      try spawn(input: input.reading, errors: output.writing)
      watch = try loop.watch(errors, for: .readable) { [unowned self] _ in readErrors() }
    } catch {
      close()
      throw error
    }
    timer = loop.makeTimer { [unowned self] in
      isOverdue = true
      kill()
    }
    timer?.start(after: run.timeMax)
  }

  /// Kills it, and calls nobody. Idempotent, also after its end.
  package func cancel() {
    completion = nil
    if isRunning { kill() }
  }

  /// A program that still runs is killed and waited for: nobody would take note of its end later.
  override func close() {
    if isRunning {
      kill()
      reap()
    }
    super.close()
    completion = nil
    timer?.cancel()
    watch?.cancel()
    watch = nil
    if errors >= 0 { Glibc.close(errors) }
    errors = -1
  }

  // MARK: - The beginning

  private func spawn(input: Int32, errors: Int32) throws(ReactorError) {
    // libcurl opens sockets that programs would inherit, and with them our connections.
    guard clinux_close_on_exec(3) == 0 else {
      throw ReactorError(
        operation: "run", subject: run.path, code: uv_translate_sys_error(errno))
    }
    // The C copies of the texts are freed after the call; both lists end with nil.
    var arguments = unsafe ([run.path] + run.arguments).map { unsafe strdup($0) } + [nil]
    var environment = unsafe run.environment.map { unsafe strdup($0) } + [nil]
    defer { unsafe (arguments + environment).forEach { unsafe free($0) } }
    var streams = unsafe [uv_stdio_container_t](repeating: uv_stdio_container_t(), count: 3)
    for (index, descriptor) in [input, -1, errors].enumerated() where descriptor >= 0 {
      unsafe streams[index].flags = UV_INHERIT_FD
      unsafe streams[index].data.fd = descriptor
    }
    unsafe streams[1].flags = UV_IGNORE
    // Safe: everything that the options point to lives through the call, which copies it or uses
    // it up. `memory` has the size of this kind; once it is open the callback's `data` is this.
    let code = unsafe arguments.withUnsafeMutableBufferPointer { arguments in
      unsafe environment.withUnsafeMutableBufferPointer { environment in
        unsafe streams.withUnsafeMutableBufferPointer { streams in
          unsafe run.path.withCString { path in
            var options = unsafe uv_process_options_t()
            unsafe options.file = path
            unsafe options.args = arguments.baseAddress
            unsafe options.env = environment.baseAddress
            unsafe options.stdio = streams.baseAddress
            unsafe options.stdio_count = Int32(streams.count)
            unsafe options.flags = UInt32(UV_PROCESS_DETACHED.rawValue)
            unsafe options.exit_cb = { process, status, signal in
              guard let process = unsafe process else { return }
              unsafe LoopHandle.object(LoopProgram.self, of: process.pointee.data)?
                .ended(status, signal)
            }
            return unsafe "/".withCString { folder in
              unsafe options.cwd = folder
              return unsafe uv_spawn(loop.uv, process, &options)
            }
          }
        }
      }
    }
    // Also of one that could not be begun the handle is the loop's now.
    didOpen()
    guard code == 0 else {
      throw ReactorError(operation: "run", subject: run.path, code: code)
    }
    isRunning = true
  }

  /// Both ends of a pipe, closed in every program that is begun.
  private struct Ends {
    let reading: Int32
    let writing: Int32

    /// What is to be read is in the pipe before its reader is there, and then ends.
    func fill(_ run: ProgramRun) throws(ReactorError) {
      let bytes = run.input
      // The count is that of the array.
      guard bytes.count <= ProgramRun.inputMaxBytes,
        unsafe write(writing, bytes, bytes.count) == bytes.count
      else {
        throw ReactorError(
          operation: "run", subject: run.path,
          cause: "\(bytes.count) bytes are more than it can be given")
      }
    }

    func close() {
      Glibc.close(reading)
      Glibc.close(writing)
    }
  }

  private static func pipe(_ run: ProgramRun) throws(ReactorError) -> Ends {
    var ends: (uv_file, uv_file) = (-1, -1)
    // Safe: a pair has the layout of the two elements that the call fills.
    let code = unsafe withUnsafeMutableBytes(of: &ends) { bytes in
      unsafe uv_pipe(bytes.baseAddress?.assumingMemoryBound(to: uv_file.self), 0, 0)
    }
    guard code == 0 else { throw ReactorError(operation: "run", subject: run.path, code: code) }
    return Ends(reading: ends.0, writing: ends.1)
  }

  // MARK: - The end

  private func kill() {
    // It leads a group of its number.
    _ = Glibc.kill(-pid, SIGKILL)
  }

  /// Waits for the killed program, so that it does not stay as a zombie.
  private func reap() {
    isRunning = false
    let end = loop.now + Self.reapWait
    while waitpid(pid, nil, WNOHANG) == 0, loop.now < end { usleep(1_000) }
  }

  /// What is there of its standard error; the beginning is kept, for it names the cause.
  private func readErrors() {
    // As much as a pipe holds, so that the end of a program finds all of it with one read.
    var buffer = [UInt8](repeating: 0, count: 65_536)
    // `read` writes at most the count that it is given.
    let count = unsafe read(errors, &buffer, buffer.count)
    if count == 0 { watch?.update([]) }
    guard count > 0 else { return }
    errorText += buffer.prefix(min(count, ProgramRun.errorTextMaxBytes - errorText.count))
  }

  private func ended(_ status: Int64, _ signal: Int32) {
    isRunning = false
    readErrors()
    let way: ProgramEnd.Way =
      isOverdue ? .overdue : signal == 0 ? .exited(Int(status)) : .signalled(signal)
    let end = ProgramEnd(way: way, errorText: errorText)
    let completion = completion
    close()
    completion?(end)
  }
}

extension EventLoop {
  /// Begins a program; calls `completion` on the loop when it has ended, never before this returns.
  /// Throws when it cannot be begun. Whoever drops the program does not cancel it.
  package func begin(
    _ run: ProgramRun, completion: @escaping (ProgramEnd) -> Void
  ) throws(ReactorError) -> LoopProgram {
    try LoopProgram(loop: self, run, completion: completion)
  }
}
