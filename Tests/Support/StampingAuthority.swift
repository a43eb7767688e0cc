/// A timestamping authority of a test, which is `openssl ts -reply` with certificates of its own.
package struct StampingAuthority {
  /// Who stands behind it, a PEM file.
  package var authority: String { "\(folder)/tsa-ca.pem" }
  private let folder: String

  /// The rules that it works by, and others that it knows.
  package static let policy = "1.3.6.1.4.1.32473.1"
  package static let otherPolicy = "1.3.6.1.4.1.32473.2"

  /// - Parameter days: how long its certificate is good; negative for one that has expired.
  package init(in folder: String, days: Int = 2) throws {
    self.folder = folder
    let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    try openssl(
      ["req", "-x509"] + curve + ["-days", "2", "-subj", "/CN=Timestamps"]
        + ["-keyout", "\(folder)/tsa-ca.key", "-out", authority], in: folder)
    try openssl(
      ["req"] + curve + ["-subj", "/CN=tsa"]
        + ["-addext", "extendedKeyUsage=critical,timeStamping"]
        + ["-keyout", "\(folder)/tsa.key", "-out", "\(folder)/tsa.csr"], in: folder)
    try openssl(
      [
        "x509", "-req", "-in", "\(folder)/tsa.csr", "-CA", authority, "-CAkey",
        "\(folder)/tsa-ca.key", "-CAcreateserial", "-days", "\(days)", "-copy_extensions", "copy",
        "-out", "\(folder)/tsa.pem",
      ], in: folder)
    try writeText(
      """
      [tsa]
      default_tsa = only
      [only]
      serial = \(folder)/tsa-serial
      crypto_device = builtin
      signer_cert = \(folder)/tsa.pem
      signer_key = \(folder)/tsa.key
      signer_digest = sha256
      default_policy = \(Self.policy)
      other_policies = \(Self.otherPolicy)
      digests = sha256
      ess_cert_id_alg = sha256

      """, to: "\(folder)/tsa.cnf")
  }

  /// Its answer to a question; both are DER.
  package func answer(to query: [UInt8]) throws -> [UInt8] {
    try writeBytes(query, to: "\(folder)/query")
    try openssl(
      [
        "ts", "-reply", "-config", "\(folder)/tsa.cnf", "-queryfile", "\(folder)/query", "-out",
        "\(folder)/answer",
      ], in: folder)
    return readBytes("\(folder)/answer") ?? []
  }
}
