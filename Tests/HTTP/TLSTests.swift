import Foundation
import HTTP
import Loop
import Testing

/// TLS against `openssl s_server` with a certificate made for the test.
@Suite struct TLSTests {
  /// A folder with a key and a self-signed certificate for 127.0.0.1.
  private final class Certificate {
    let folder: URL
    var file: String { folder.appendingPathComponent("cert.pem").path }
    var key: String { folder.appendingPathComponent("key.pem").path }

    init() throws {
      folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("recbridge-tls-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let made = try TLSTests.openssl([
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
        "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
        "-keyout", key, "-out", file,
      ])
      made.waitUntilExit()
      #expect(made.terminationStatus == 0)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }
  }

  private static func openssl(_ arguments: [String], output: Pipe? = nil) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output ?? FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }

  @Test func `a certificate that is not trusted is refused, and one that is trusted is accepted`()
    throws
  {
    let certificate = try Certificate()
    let output = Pipe()
    let server = try Self.openssl(
      [
        "s_server", "-accept", "127.0.0.1:0", "-www", "-key", certificate.key, "-cert",
        certificate.file,
      ], output: output)
    defer {
      // Not `terminate()`: a test's thread blocks SIGTERM, and its children inherit that.
      kill(server.processIdentifier, SIGKILL)
      server.waitUntilExit()
    }
    // It says "ACCEPT 127.0.0.1:PORT" once it listens.
    var said = ""
    var port: Substring?
    while port == nil {
      let data = output.fileHandleForReading.availableData
      try #require(!data.isEmpty, "openssl ended: \(said)")
      said += String(decoding: data, as: UTF8.self)
      port =
        said.split(separator: "\n").dropLast(said.hasSuffix("\n") ? 0 : 1)
        .first { $0.hasPrefix("ACCEPT ") }?.split(separator: ":").last
    }
    let url = "https://127.0.0.1:\(try #require(port))/"

    try Scene.run(script: { _ in [] }) { scene in
      let request = HTTPRequest(method: "POST", url: url, timeout: .seconds(20))
      let failure = try scene.failure(request)
      #expect(failure.kind == .tls)
      #expect(!failure.requestMayHaveBeenSent)
      #expect(failure.message.contains("self-signed certificate"))
      #expect(
        failure.message.hasSuffix(
          "check the server's certificate and the certificates trusted here"))
    }
    try Scene.run(options: .init(caFile: certificate.file), script: { _ in [] }) { scene in
      let request = HTTPRequest(method: "GET", url: url, timeout: .seconds(20))
      let response = try scene.response(request)
      #expect(response.status == 200)
      // The certificate is for the address, and `localhost` is another name.
      let other = HTTPRequest(
        method: "GET", url: url.replacingOccurrences(of: "127.0.0.1", with: "localhost"),
        timeout: .seconds(20))
      let failure = try scene.failure(other)
      #expect(failure.kind == .tls)
      #expect(!failure.requestMayHaveBeenSent)
    }
    try Scene.run(options: .init(caFile: "/absent.pem"), script: { _ in [] }) { scene in
      let request = HTTPRequest(method: "GET", url: url, timeout: .seconds(20))
      let failure = try scene.failure(request)
      #expect(failure.kind == .tls)
    }
  }

  @Test(arguments: [
    [ScriptedServer.Step.send("HTTP/1.1 400 This is not TLS\r\n\r\n"), .close], [.close], [.reset],
  ])
  func `a server that does not speak TLS is said to be that, and nothing was sent`(
    greeting: [ScriptedServer.Step]
  ) throws {
    try Scene.run(greeting: greeting, script: { _ in [] }) { scene in
      let url = "https://127.0.0.1:\(scene.server.port)/"
      let request = HTTPRequest(method: "POST", url: url, timeout: .seconds(20))
      let failure = try scene.failure(request)
      #expect([.tls, .connect].contains(failure.kind))
      #expect(!failure.requestMayHaveBeenSent)
    }
  }
}
