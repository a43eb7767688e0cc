/// An authority, a certificate of its for 127.0.0.1 and `server.test`, and one for a client.
package struct Certificates {
  package let folder: String
  package var authority: String { "\(folder)/ca.pem" }
  package var certificate: String { "\(folder)/cert.pem" }
  package var key: String { "\(folder)/key.pem" }
  package var clientCertificate: String { "\(folder)/client.pem" }
  package var clientKey: String { "\(folder)/client.key" }

  package init(in folder: String) throws {
    self.folder = folder
    let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    try openssl(
      ["req", "-x509"] + curve + ["-days", "2", "-subj", "/CN=Test authority"]
        + ["-keyout", "\(folder)/ca.key", "-out", authority], in: folder)
    for (name, names) in [("cert", "IP:127.0.0.1,DNS:server.test"), ("client", "DNS:bridge")] {
      let key = name == "cert" ? self.key : clientKey
      try openssl(
        ["req"] + curve + ["-subj", "/CN=\(name)", "-addext", "subjectAltName=\(names)"]
          + ["-keyout", key, "-out", "\(folder)/\(name).csr"], in: folder)
      try openssl(
        [
          "x509", "-req", "-in", "\(folder)/\(name).csr", "-CA", authority, "-CAkey",
          "\(folder)/ca.key", "-CAcreateserial", "-days", "2", "-copy_extensions", "copy",
          "-out", "\(folder)/\(name).pem",
        ], in: folder)
    }
  }
}

/// Runs openssl to its end, which must be a good one; what it says goes to a file of the folder.
func openssl(_ arguments: [String], in folder: String) throws {
  let process = try ChildProcess(
    "/usr/bin/openssl", arguments, output: .file("\(folder)/openssl"),
    errors: .file("\(folder)/openssl"))
  guard process.wait() == 0 else {
    throw HelperEnded(name: "openssl", said: readText("\(folder)/openssl") ?? "")
  }
}

/// A program that helps a test ended too early, or badly.
package struct HelperEnded: Error, CustomStringConvertible {
  let name: String
  let said: String

  package init(name: String, said: String) {
    self.name = name
    self.said = said
  }

  /// For people.
  package var description: String { "\(name) has ended: \(said)" }
}
