import Glibc
import TestSupport
import Testing

/// An authority, a certificate of its for 127.0.0.1 and `server.test`, and one for a client.
struct Certificates {
  let folder: String
  var authority: String { "\(folder)/ca.pem" }
  var certificate: String { "\(folder)/cert.pem" }
  var key: String { "\(folder)/key.pem" }
  var clientCertificate: String { "\(folder)/client.pem" }
  var clientKey: String { "\(folder)/client.key" }

  init(in folder: String) throws {
    self.folder = folder
    let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    try openssl(
      ["req", "-x509"] + curve + ["-days", "2", "-subj", "/CN=Test authority"]
        + ["-keyout", "\(folder)/ca.key", "-out", authority])
    for (name, names) in [("cert", "IP:127.0.0.1,DNS:server.test"), ("client", "DNS:bridge")] {
      let key = name == "cert" ? self.key : clientKey
      try openssl(
        ["req"] + curve + ["-subj", "/CN=\(name)", "-addext", "subjectAltName=\(names)"]
          + ["-keyout", key, "-out", "\(folder)/\(name).csr"])
      try openssl([
        "x509", "-req", "-in", "\(folder)/\(name).csr", "-CA", authority, "-CAkey",
        "\(folder)/ca.key", "-CAcreateserial", "-days", "2", "-copy_extensions", "copy",
        "-out", "\(folder)/\(name).pem",
      ])
    }
  }

  private func openssl(_ arguments: [String]) throws {
    let process = try ChildProcess(
      "/usr/bin/openssl", arguments, output: .file("\(folder)/openssl"),
      errors: .file("\(folder)/openssl"))
    try #require(process.wait() == 0, "\(readText("\(folder)/openssl") ?? "")")
  }
}

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
