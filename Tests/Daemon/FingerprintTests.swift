import Bridge
import Configuration
import Testing

@testable import Daemon

/// What the audit says of a configuration.
@Suite struct FingerprintTests {
  private func configuration(_ adjust: (inout Configuration) -> Void = { _ in }) -> Configuration {
    var configuration = Configuration(
      site: "hq", platform: Platform(url: "https://p"), store: "/s", socket: "/k",
      agents: [Agent(name: "a", login: Login(user: "a", password: Secret("one")))])
    adjust(&configuration)
    return configuration
  }

  /// The parts that a change is told by.
  private func parts(_ adjust: (inout Configuration) -> Void) -> [String] {
    Fingerprint(configuration(adjust)).parts(differingFrom: Fingerprint(configuration()))
  }

  @Test func `the same settings are the same, and a change is told by its part`() {
    #expect(Fingerprint(configuration()) == Fingerprint(configuration()))
    #expect(parts { $0.site = "hq2" } == ["site"])
    #expect(parts { $0.platform.tls.isInsecure = true } == ["platform"])
    #expect(parts { $0.agents[0].headers = [Header(name: "x", value: Secret("v"))] } == ["agents"])
    #expect(parts { $0.commands.deadline = .seconds(11) } == ["commands"])
    #expect(parts { $0.audit.anchors = [Anchor(name: "x", destination: .file("/x"))] } == ["audit"])
    #expect(
      parts {
        $0.feeds = [Feed(name: "f", destination: .file(FileFeed(path: "/f")), grades: [.rejected])]
        $0.socketMode = 0o600
      } == ["socketMode", "feeds"])
  }

  /// A hash of a password is a way to find it.
  @Test func `the text of a secret counts nowhere, and its place does`() {
    func password(_ secret: Secret) -> (inout Configuration) -> Void {
      { $0.agents = [Agent(name: "a", login: Login(user: "a", password: secret))] }
    }
    #expect(parts(password(Secret("another"))) == [])
    #expect(parts(password(Secret("one", file: "/f"))) == ["agents"])
    #expect(parts { $0.audit.key = Secret("k", file: "/k") } == ["audit"])
  }
}
