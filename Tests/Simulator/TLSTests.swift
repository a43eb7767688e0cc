import HTTPServer
import Loop
import Simulator
import TestSupport
import Testing

@Suite struct TLSTests {
  /// Runs a program to its end while the loop goes on.
  private func run(
    _ program: String, _ arguments: [String], on loop: EventLoop, output: String
  ) throws {
    let child = try ChildProcess(
      program, arguments, output: .file(output), errors: .file(output + ".errors"))
    let isOver = loop.run(until: { child.code != nil })
    try #require(isOver)
    #expect(child.code == 0, "\(program): \(readText(output + ".errors") ?? "")")
  }

  @Test func `the platform can be served over TLS`() throws {
    try withFolder { folder in
      let loop = try EventLoop()
      defer { loop.close() }
      try run(
        "/usr/bin/openssl",
        ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
          + ["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
          + ["-keyout", folder + "/key", "-out", folder + "/cert"],
        on: loop, output: folder + "/openssl")
      var settings = SimulatorSettings(agentCount: 1)
      settings.tls = ServerTLS(
        certificate: try #require(readText(folder + "/cert")),
        key: try #require(readText(folder + "/key")))
      let simulator = Simulator(settings: settings, loop: loop)
      let port = try simulator.start()
      defer { simulator.stop() }
      try run(
        "/usr/bin/curl",
        ["--silent", "--show-error", "--noproxy", "*", "--cacert", folder + "/cert"]
          + ["--user", "agent1:agent1", "https://127.0.0.1:\(port)/api/v2/me"],
        on: loop, output: folder + "/curl")
      #expect(readText(folder + "/curl")?.contains("agent1") == true)
    }
  }

  @Test func `a certificate that is none is an error at the start`() throws {
    let loop = try EventLoop()
    defer { loop.close() }
    var settings = SimulatorSettings(agentCount: 1)
    settings.tls = ServerTLS(certificate: "x", key: "y")
    let simulator = Simulator(settings: settings, loop: loop)
    #expect(throws: ServerError.self) { try simulator.start() }
  }
}
