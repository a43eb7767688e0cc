package import HTTPServer

/// What the simulated platform is like: who may log in, and how its server is configured.
///
/// The defaults are those of the real servers where they are known; tests shorten the times.
package struct SimulatorSettings: Sendable, Equatable {
  /// Where `Simulator.start()` listens.
  package struct Listen: Sendable, Equatable {
    package var host: String
    /// 0 picks a free port.
    package var port: UInt16

    package init(host: String = "127.0.0.1", port: UInt16 = 0) {
      self.host = host
      self.port = port
    }
  }

  /// Whether requests that change something must carry a token.
  package enum CSRFProtection: Sendable, Equatable {
    case off
    /// The request header that must carry the token; the server announces it in `X-CSRF-HEADER`.
    case required(header: String)

    package static let standard = CSRFProtection.required(header: "X-CSRF-TOKEN")
  }

  /// Whether the server has the Bayeux acknowledge extension.
  package enum Acknowledgement: Sendable, Equatable { case off, offered }

  /// Whether notifications carry the `metrics` object, which newer servers add.
  package enum Metrics: Sendable, Equatable { case included, omitted }

  /// Whether the notifications can be had over WebSocket.
  package enum WebSocket: Sendable, Equatable {
    /// Upgrades are refused with 400, as by a CometD that has long-polling only.
    case off
    case offered
  }

  package var agents: [SimulatedAgent]
  package var personality = Personality.cometd
  package var webSocket = WebSocket.off
  package var listen = Listen()
  /// HTTP over TLS; there is no WebSocket then.
  package var tls: ServerTLS?
  package var csrf = CSRFProtection.off
  package var acknowledgement = Acknowledgement.off
  package var metrics = Metrics.included
  package var notificationsPath = "/api/v2/notifications"
  /// The base of the absolute addresses in bodies: an internal host that no client can reach, as
  /// behind a real load balancer, so that a client which dereferences them is found out.
  package var internalURL = "http://gws.internal.example:8090"
  /// How long a connect is held; CometD's default.
  package var holdTimeout = Duration.seconds(30)
  /// How long a session lives without a connect; CometD's default. Faye has no such setting: there
  /// it is twice the hold.
  package var maxInterval = Duration.seconds(10)
  /// The pause advised to a second session under one browser cookie; CometD's default.
  package var multipleClientsInterval = Duration.seconds(2)
  /// From accepting a command to its notification.
  package var notificationDelay = Duration.milliseconds(20)
  /// How long an unused HTTP session lives; the default of GWS.
  package var httpSessionTimeout = Duration.seconds(1800)
  /// Feeds every identifier, so that a run can be repeated.
  package var seed: UInt64 = 1

  package init(agents: [SimulatedAgent]) { self.agents = agents }

  /// `count` agents named agent1, agent2 and so on.
  package init(agentCount count: Int) {
    self.init(agents: SimulatedAgent.numbered(count))
  }
}

/// Somebody who can log in at the simulated platform.
package struct SimulatedAgent: Sendable, Equatable {
  package var name: String
  package var password: String
  /// The agent's own number, not the customer's.
  package var phoneNumber: String

  package init(name: String, password: String, phoneNumber: String) {
    self.name = name
    self.password = password
    self.phoneNumber = phoneNumber
  }

  /// Agents `agent1` to `agentN`, each with its name as password and numbers from 5001.
  package static func numbered(_ count: Int) -> [SimulatedAgent] {
    (0..<max(count, 0)).map {
      SimulatedAgent(
        name: "agent\($0 + 1)", password: "agent\($0 + 1)", phoneNumber: String(5001 + $0))
    }
  }
}
