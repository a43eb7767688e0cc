import Bridge
import Configuration

extension Logger {
  /// What happened to the credentials, without any of them.
  func log(_ note: Credentials.Note) {
    switch note {
    case .secret(.changed(let path)): log(.info, "secret-changed", [("file", path)])
    case .secret(.unusable(let path, let reason)):
      log(
        .warning, "secret-unusable",
        [("file", path), ("reason", "\(reason); the last one that was read stays in force")])
    case .secret(.exposed(let path)):
      log(
        .warning, "secret-exposed",
        [("file", path), ("reason", "every user of this machine can read it; use mode 0400")])
    case .tokenFailed(let clientID, let reason):
      log(.warning, "token-failed", [("client", clientID), ("reason", reason)])
    case .changed: break
    }
  }
}
