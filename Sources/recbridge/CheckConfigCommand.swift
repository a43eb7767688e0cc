import Configuration
import Daemon

/// `check-config`: would the daemon start on this file?
enum CheckConfigCommand {
  static let subcommand = Subcommand(
    "check-config", summary: "check a configuration, with the secrets it names",
    operands: [.init(name: "FILE", help: "the configuration")],
    details: """
      Says everything that is wrong at once, as FILE:LINE: KEY: PROBLEM; exit 78. Warnings do not
      keep the daemon from starting.
      """
  ) { arguments throws(UsageError) in
    guard let configuration = load(arguments.operands[0]) else { return .configuration }
    let platform = configuration.platform
    let agents = configuration.agents.count
    Terminal.say(
      "\(arguments.operands[0]): good; site \(configuration.site), "
        + "\(platform.profile.rawValue) at \(platform.url), "
        + "\(agents) \(agents == 1 ? "agent" : "agents")")
    for sentence in configuration.keeping { Terminal.say(sentence) }
    return .success
  }

  /// The configuration in `file`; what is wrong or risky is said on standard error.
  static func load(_ file: String) -> Configuration? {
    do throws(ConfigurationError) {
      let loaded = try Configuration.load(path: file)
      for warning in loaded.warnings { Terminal.complain("warning: \(warning)") }
      guard isKeyGood(loaded.configuration, file) else { return nil }
      return loaded.configuration
    } catch {
      Terminal.complain(error.description)
      return nil
    }
  }

  /// Whether the audit's key, if there is one, is a key.
  private static func isKeyGood(_ configuration: Configuration, _ file: String) -> Bool {
    guard let key = configuration.audit.key else {
      Terminal.complain(
        "warning: \(file): audit.key: nothing signs the audit, so whoever can write the store can"
          + " rewrite it; make a key with recbridge audit keygen")
      return true
    }
    do throws(AuditKey.Failure) {
      _ = try AuditKey(key.reveal())
      return true
    } catch {
      Terminal.complain("\(file): audit.key: \(key.file ?? ""): \(error)")
      return false
    }
  }
}
