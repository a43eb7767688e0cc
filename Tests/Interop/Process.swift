import Glibc
import HTTP
import Loop
import TestSupport
import Testing

/// What a test across processes stands on: a loop, a folder, programs. All of it ends with the test.
final class Scene {
  let loop: EventLoop
  let folder: String
  private let http: HTTPClient
  private var programs: [Program] = []

  fileprivate init(folder: String) throws {
    self.folder = folder
    loop = try EventLoop()
    http = HTTPClient(reactor: loop)
  }

  /// Begins a program; both its outputs go to the file `NAME.log` of the folder, behind what an
  /// earlier one of that name wrote.
  func begin(
    _ name: String, _ path: String, _ arguments: [String], environment: [String: String] = [:]
  ) throws -> Program {
    let log = "\(folder)/\(name).log"
    let process = try ChildProcess(
      path, arguments, environment: environment, output: .file(log), errors: .file(log))
    let program = Program(name: name, process: process, logFile: log, loop: loop)
    programs.append(program)
    return program
  }

  /// Asks and waits for the answer; nil when none came.
  func ask(
    _ method: String, _ url: String, body: String? = nil, socket: String? = nil,
    within limit: Duration = .seconds(20)
  ) -> HTTPResponse? {
    var request = HTTPRequest(
      method: method, url: url, body: body.map { Array($0.utf8) }, timeout: limit)
    request.unixSocketPath = socket
    var outcome: HTTPOutcome?
    let exchange = http.send(request) { outcome = $0 }
    if !loop.run(until: { outcome != nil }, within: limit) { exchange.cancel() }
    guard case .response(let response) = outcome else { return nil }
    return response
  }

  /// Turns the loop until `condition` holds; a test that waits in vain fails and says for what.
  func wait(
    for what: String, within limit: Duration = .seconds(60), _ condition: () throws -> Bool
  ) throws {
    var failure: (any Error)?
    let isMet = loop.run(
      until: {
        do { return try condition() } catch { failure = error }
        return true
      }, within: limit)
    if let failure { throw failure }
    if isMet { return }
    throw Vain(what: what, logs: programs.map { "--- \($0.name)\n\($0.log.suffix(2_000))" })
  }

  fileprivate func close() {
    for program in programs { program.kill() }
    http.close()
    loop.close()
  }
}

/// Lets `body` use a scene; kills, closes and removes everything of it afterwards, on every path.
func withScene<Result>(_ body: (Scene) throws -> Result) throws -> Result {
  try withFolder { folder in
    let scene = try Scene(folder: folder)
    defer { scene.close() }
    return try body(scene)
  }
}

/// What was awaited did not come.
struct Vain: Error, CustomStringConvertible {
  let what: String
  let logs: [String]

  var description: String { "awaited in vain: \(what)\n" + logs.joined(separator: "\n") }
}

/// A program of a scene.
final class Program {
  let name: String
  let process: ChildProcess
  private let logFile: String
  private let loop: EventLoop

  fileprivate init(name: String, process: ChildProcess, logFile: String, loop: EventLoop) {
    self.name = name
    self.process = process
    self.logFile = logFile
    self.loop = loop
  }

  /// Everything that programs of this name have written so far.
  var log: String { readText(logFile) ?? "" }

  /// Nil while it runs; otherwise its exit status, or the negative number of a signal.
  var code: Int32? { process.code }

  /// SIGKILL; returns when it is gone.
  func kill() { process.kill() }

  /// SIGTERM; returns how it ended, or nil if it is still there after `limit`.
  func terminate(within limit: Duration) -> Int32? {
    process.send(SIGTERM)
    _ = loop.run(until: { process.code != nil }, within: limit)
    return process.code
  }
}
