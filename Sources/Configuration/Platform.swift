package import Commands

/// The server that notifies us and takes our commands.
package struct Platform: Equatable, Sendable {
  package var profile: Profile
  /// `http://` or `https://`, host, perhaps port and path; never ends in a slash.
  package var url: String
  /// How commands are sent; nil where there is no way.
  package var route: Route?
  /// The path of the Bayeux endpoint below `url`; begins with a slash, or is empty where nobody
  /// notifies.
  package var notifications: String
  /// The channels that every session subscribes to; at least one where somebody notifies.
  package var channels: [String]
  /// In order of preference; long-polling is always among them.
  package var transports: [Transport]
  /// How long a session may hear nothing before it asks whether the server still knows it; nil
  /// when it never asks.
  package var livenessProbe: Duration?
  /// How TLS to the platform, and to where tokens come from, is made.
  package var tls: PlatformTLS
  /// Nil for no proxy at all.
  package var proxy: ProxySetting?
  /// Sent with every request, in this order.
  package var headers: [Header]

  /// A platform made by hand; what is left out is the default of the profile.
  package init(
    profile: Profile = .gwsV2, url: String, notifications: String? = nil,
    channels: [String]? = nil, transports: [Transport] = [.longPolling],
    tls: PlatformTLS = PlatformTLS(), proxy: ProxySetting? = nil, headers: [Header] = []
  ) {
    self.profile = profile
    self.url = url
    route = RouteFile.shipped(profile.rawValue)?.route
    self.notifications = notifications ?? profile.notifications
    let channels = channels ?? profile.channels
    self.channels = channels + profile.indispensableChannels.filter { !channels.contains($0) }
    self.transports = transports
    livenessProbe = Self.livenessProbeDefault
    self.tls = tls
    self.proxy = proxy
    self.headers = headers
  }

  /// Soon enough that a forgotten session is noticed within seconds, for one small request.
  package static let livenessProbeDefault = Duration.seconds(10)
  /// More often is load without use, more seldom than a connect is held is no probe.
  package static let livenessProbeRange = Duration.seconds(1)...Duration.seconds(600)
}

/// Which kind of server the platform is: what logs in, what is asked, where commands go.
package enum Profile: String, CaseIterable, Sendable {
  /// Genesys Web Services v2: login, REST, commands.
  case gwsV2 = "gws-v2"
  /// Workspace API v3: login by access token, REST, commands that notifications name.
  case workspaceV3 = "workspace-v3"
  /// Any Bayeux server: no login, no REST, commands only with a route; gaps stay unresynced.
  case bayeux
  /// Nobody notifies: commands go out by a route and are confirmed by its verifying GET.
  case commandsOnly = "commands-only"

  /// Where the profile's servers put the Bayeux endpoint.
  package var notifications: String {
    switch self {
    case .gwsV2: "/api/v2/notifications"
    case .workspaceV3: "/workspace/v3/notifications"
    case .bayeux: "/cometd"
    case .commandsOnly: ""
    }
  }

  /// What is subscribed to unless the configuration says otherwise; the calls come first.
  package var channels: [String] {
    switch self {
    // The calls, and the devices, which explain a silent agent. A plain server has no usual names.
    case .gwsV2, .bayeux: ["/v2/me/calls", "/v2/me/devices"]
    // Calls, devices and late errors are on one channel.
    case .workspaceV3: ["/workspace/v3/voice"] + indispensableChannels
    case .commandsOnly: []
    }
  }

  /// What is subscribed to whatever the configuration says: without it a login does not end.
  package var indispensableChannels: [String] {
    switch self {
    case .gwsV2, .bayeux, .commandsOnly: []
    case .workspaceV3: ["/workspace/v3/initialization"]
    }
  }

  /// Whether CometD's own clients name the kind of message at the end of these servers' path.
  package var namesMessageInPath: Bool {
    switch self {
    case .gwsV2, .workspaceV3: true
    case .bayeux, .commandsOnly: false
    }
  }

  /// Whether every agent must have a user and a password.
  package var requiresPassword: Bool {
    switch self {
    case .gwsV2: true
    case .workspaceV3, .bayeux, .commandsOnly: false
    }
  }
}

/// A way to carry Bayeux messages.
package enum Transport: String, CaseIterable, Sendable {
  /// Used when it stands before long-polling and the server offers it.
  case webSocket = "websocket"
  /// Always among them: it is what goes on when a WebSocket cannot be opened.
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
