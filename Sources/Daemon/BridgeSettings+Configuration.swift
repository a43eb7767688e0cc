import Bayeux
import Bridge
import Commands
import Configuration
import Crypto
import Privacy

extension BridgeSettings {
  /// So many sessions that retry twenty times in a second are 2,000 requests: a load, but no storm.
  private static let eagerAgentsMax = 100

  /// What the bridge needs of the configuration.
  init(_ configuration: Configuration, store: String) {
    let platform = configuration.platform
    var session = SessionSettings(channels: platform.channels)
    session.transports = platform.transports.map {
      switch $0 {
      case .webSocket: .webSocket
      case .longPolling: .longPolling
      }
    }
    session.livenessInterval = platform.livenessProbe
    session.retriesEagerly = configuration.agents.count <= Self.eagerAgentsMax
    // A path with a query or a file extension names one resource: nothing may be appended.
    let lastSegment = platform.notifications.split(separator: "/").last ?? ""
    session.appendsMessageType =
      !platform.notifications.contains("?") && !lastSegment.contains(".")
      && platform.profile.namesMessageInPath
    self.init(
      site: configuration.site, store: store,
      dialect: Dialect(
        profile: Self.profile(platform.profile),
        origin: Self.origin(of: platform.requestURL), notifications: platform.notifications,
        channels: platform.channels, route: platform.route,
        calls: Self.calls(platform)),
      agents: configuration.agents.map(\.name), session: session,
      ledger: LedgerSettings(deadline: configuration.commands.deadline),
      sha256: { SHA256.hash($0) })
    commitments = Commitments(configuration.privacy)
    groupsAtRetention = configuration.retention.groups == .drop ? .drop : .hold
  }

  /// Where the calls are listed: where the route says, if it reads them, or else the profile.
  private static func calls(_ platform: Platform) -> Template? {
    let routes = [platform.route, RouteFile.shipped(platform.profile.rawValue)?.route]
    return routes.compactMap { $0?.verification }.first { $0.reading == .calls }?.path
  }

  private static func profile(_ configured: Profile) -> Dialect.Profile {
    switch configured {
    case .gwsV2: .gwsV2
    case .workspaceV3: .workspaceV3
    case .bayeux: .bayeux
    case .commandsOnly: .commandsOnly
    }
  }

  /// Scheme, host and port of a URL that the configuration has checked.
  private static func origin(of url: String) -> String {
    guard let scheme = url.firstRange(of: "://") else { return url }
    let rest = url[scheme.upperBound...]
    return String(url[..<(rest.firstIndex(of: "/") ?? url.endIndex)])
  }
}

/// Which recbridge this is.
package enum Release {
  /// Raised with every release; contracts change only with its first two numbers.
  package static let version = "0.1.0"
}
