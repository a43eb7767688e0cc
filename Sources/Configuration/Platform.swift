/// The server that notifies us and takes our commands.
package struct Platform: Equatable, Sendable {
  package var profile: Profile
  /// `http://` or `https://`, host, perhaps port and path; never ends in a slash.
  package var url: String
  /// The path of the Bayeux endpoint below `url`; begins with a slash.
  package var notifications: String
  /// The channels that every session subscribes to; at least one.
  package var channels: [String]
  /// In order of preference; at least one.
  package var transports: [Transport]
  /// A file of certificates to trust instead of the system's.
  package var certificateAuthority: String?
  /// Sent with every request, in this order.
  package var headers: [Header]

  /// A platform made by hand; what is left out is the default of the profile.
  package init(
    profile: Profile = .gwsV2, url: String, notifications: String? = nil,
    channels: [String]? = nil, transports: [Transport] = [.longPolling],
    certificateAuthority: String? = nil, headers: [Header] = []
  ) {
    self.profile = profile
    self.url = url
    self.notifications = notifications ?? profile.notifications
    self.channels = channels ?? Self.channelsDefault
    self.transports = transports
    self.certificateAuthority = certificateAuthority
    self.headers = headers
  }

  /// What GWS publishes to an agent: its calls, and its devices, which explain a silent one.
  package static let channelsDefault = ["/v2/me/calls", "/v2/me/devices"]
}

/// Which kind of server the platform is: what logs in, what is asked, where commands go.
package enum Profile: String, CaseIterable, Sendable {
  /// Genesys Web Services v2: login, REST, commands.
  case gwsV2 = "gws-v2"
  /// Any Bayeux server: no login, no REST, no commands; gaps stay unresynced.
  case bayeux

  /// Where the profile's servers put the Bayeux endpoint.
  package var notifications: String {
    switch self {
    case .gwsV2: "/api/v2/notifications"
    case .bayeux: "/cometd"
    }
  }

  /// Whether an agent must log in before it may handshake.
  package var requiresLogin: Bool { self == .gwsV2 }
}

/// A way to carry Bayeux messages.
package enum Transport: String, CaseIterable, Sendable {
  case longPolling = "long-polling"
}

/// A request header; its value may be a token and is therefore kept as a secret.
package struct Header: Equatable, Sendable {
  package var name: String
  package var value: Secret

  /// A header made by hand.
  package init(name: String, value: Secret) {
    self.name = name
    self.value = value
  }
}
