import Glibc
import Reactor
import Testing

@testable import Loop

/// Programs beside the loop, real ones.
@Suite struct ProgramTests {
  /// Runs a shell's words to their end.
  private func end(
    _ words: String, input: String = "", timeMax: Duration = .seconds(60)
  ) throws -> ProgramEnd {
    var end: ProgramEnd?
    try withLoop { loop in
      let before = loop.handleCount
      _ = try loop.begin(run(words, input: input, timeMax: timeMax)) { end = $0 }
      #expect(end == nil)
      #expect(loop.run { end != nil })
      #expect(loop.handleCount == before)
    }
    return try #require(end)
  }

  private func run(
    _ words: String, input: String = "", timeMax: Duration = .seconds(60)
  ) -> ProgramRun {
    ProgramRun(
      path: "/bin/sh", arguments: ["-c", words], environment: ["PATH=/usr/bin:/bin", "A=b c"],
      input: Array(input.utf8), timeMax: timeMax)
  }

  private func said(_ end: ProgramEnd) -> String { String(decoding: end.errorText, as: UTF8.self) }

  @Test func `a program reads its input to the end, and its status and errors are told`() throws {
    let good = try end("cat >&2; echo out", input: "one\ntwo\n")
    #expect(good.way == .exited(0) && said(good) == "one\ntwo\n")
    let bad = try end("echo no >&2; exit 7")
    #expect(bad.way == .exited(7) && said(bad) == "no\n")
    #expect(try end("kill -TERM $$").way == .signalled(SIGTERM))
    // One that does not care for its input.
    #expect(try end("exit 0", input: String(repeating: "x", count: 4_096)).way == .exited(0))
  }

  @Test func `it has the environment that it was given, and the root as its folder`() throws {
    let end = try end("env | grep -v -e ^_= -e ^PWD= | sort >&2; pwd >&2")
    #expect(said(end) == "A=b c\nPATH=/usr/bin:/bin\n/\n")
  }

  @Test func `of a flood of errors the beginning is kept, and the program is not held up`() throws {
    let end = try end("echo begin >&2; yes | head -c 3000000 >&2")
    #expect(end.way == .exited(0))
    #expect(end.errorText.count == ProgramRun.errorTextMaxBytes)
    #expect(said(end).hasPrefix("begin\ny\n"))
  }

  /// What it began is killed with it, or the pipe would stay open: the second one would never end.
  @Test func `a program whose time is over is killed with all that it has begun`() throws {
    let late = try end("sleep 1000 & echo $! >&2; wait", timeMax: .milliseconds(300))
    #expect(late.way == .overdue)
    let child = try #require(pid_t(said(late).split(separator: "\n").first ?? ""))
    // Gone, or waiting for whoever inherited it.
    #expect(isGone(child))
  }

  private func isGone(_ process: pid_t) -> Bool {
    for _ in 0..<1_000 {
      if kill(process, 0) != 0 { return true }
      let state = unsafe open("/proc/\(process)/stat", O_RDONLY | O_CLOEXEC)
      defer { close(state) }
      let text = receiveFile(state)
      if text.contains(") Z") { return true }
      sched_yield()
    }
    return false
  }

  private func receiveFile(_ descriptor: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 1_024)
    // Safe: the buffer is as large as said.
    let count = unsafe read(descriptor, &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }

  @Test func `what cannot be begun is an error, and leaves nothing behind`() throws {
    try withLoop { loop in
      let before = loop.handleCount
      var missing = run("")
      missing.path = "/nowhere/program"
      #expect(throws: ReactorError.self) { _ = try loop.begin(missing) { _ in } }
      var large = run("cat")
      large.input = [UInt8](repeating: 0, count: ProgramRun.inputMaxBytes + 1)
      #expect(throws: ReactorError.self) { _ = try loop.begin(large) { _ in } }
      #expect(loop.handleCount == before)
    }
  }

  @Test func `a program that is cancelled is killed, calls nobody, and is waited for`() throws {
    try withLoop { loop in
      let before = loop.handleCount
      var isCalled = false
      let program = try loop.begin(run("sleep 1000")) { _ in isCalled = true }
      let pid = program.pid
      program.cancel()
      program.cancel()
      #expect(loop.run { isForgotten(pid) })
      #expect(!isCalled && loop.handleCount == before)
    }
  }

  @Test func `a loop that ends kills and waits for what still runs`() throws {
    var pid: pid_t = 0
    try withLoop { loop in
      pid = try loop.begin(run("sleep 1000")) { _ in Issue.record("nobody is there any more") }.pid
    }
    #expect(isForgotten(pid))
  }

  /// Neither there nor a zombie.
  private func isForgotten(_ process: pid_t) -> Bool { kill(process, 0) != 0 && errno == ESRCH }
}
