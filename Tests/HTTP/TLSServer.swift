import Glibc
import TestSupport
import Testing

/// `openssl s_server -www`, which answers every request with what it knows of the connection.
final class TLSServer {
  let port: String
  private let process: ChildProcess

  init(_ certificates: Certificates, _ options: [String] = []) throws {
    let output = "\(certificates.folder)/server-\(options.joined().utf8.count)"
    process = try ChildProcess(
      "/usr/bin/openssl",
      ["s_server", "-accept", "127.0.0.1:0", "-www", "-key", certificates.key]
        + ["-cert", certificates.certificate] + options,
      output: .file(output), errors: .file(output))
    // It says "ACCEPT 127.0.0.1:PORT" once it listens.
    var line: Substring?
    while line == nil {
      try #require(process.code == nil, "s_server has ended: \(readText(output) ?? "")")
      let text = readText(output) ?? ""
      line = text.split(separator: "\n").dropLast(text.hasSuffix("\n") ? 0 : 1)
        .first { $0.hasPrefix("ACCEPT ") }
    }
    port = try line.flatMap { $0.split(separator: ":").last.map(String.init) }.require()
  }

  deinit { process.kill() }

  var url: String { "https://127.0.0.1:\(port)/" }
}

extension Optional {
  fileprivate func require() throws -> Wrapped { try #require(self) }
}
