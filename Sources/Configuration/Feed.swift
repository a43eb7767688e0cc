/// One compliance logger that is fed: what it gets, and how.
package struct Feed: Equatable, Sendable {
  /// Its group is `feed:NAME`.
  package var name: String
  package var destination: Destination
  /// Any of these types; empty means every type.
  package var types: [FeedType]
  /// Of commands only what ended so; empty means every event about a command.
  package var grades: [FeedGrade]

  package enum Destination: Equatable, Sendable {
    case file(FileFeed)
    case syslog(SyslogFeed)
    case webhook(WebhookFeed)
  }

  /// A feed made by hand; nothing is checked here.
  package init(
    name: String, destination: Destination, types: [FeedType] = [], grades: [FeedGrade] = []
  ) {
    self.name = name
    self.destination = destination
    self.types = types
    self.grades = grades
  }

  package var group: String { "feed:\(name)" }
}

/// The types of event in their short form: `command` is `recbridge.command.v1`.
package enum FeedType: String, CaseIterable, Sendable {
  case acknowledgement, call, checkpoint, command, daemon, disagreement, erasure, gap, group
  case heartbeat, look, notification, outage, quarantine, recording, restarted, retention, session
  case timestamp

  package var eventType: String { "recbridge.\(rawValue).v1" }
}

/// How a command may end.
package enum FeedGrade: String, CaseIterable, Sendable {
  case confirmedNotified = "confirmed.notified"
  case confirmedResynced = "confirmed.resynced"
  case confirmedPolled = "confirmed.polled"
  case impliedReleased = "implied.released"
  case satisfied, contradicted, rejected, superseded, unconfirmed, unobservable
}

/// JSON lines in a file.
package struct FileFeed: Equatable, Sendable {
  package var path: String
  /// A file that would grow beyond it is set aside, and a new one begun; nil for never.
  package var sizeMaxBytes: Int64?
  /// One file for each such period, counted from 1970 UTC; nil for no end.
  package var every: Duration?

  package init(path: String, sizeMaxBytes: Int64? = nil, every: Duration? = nil) {
    self.path = path
    self.sizeMaxBytes = sizeMaxBytes
    self.every = every
  }

  /// Smaller files hold a few events each.
  package static let sizeMaxRange: ClosedRange<Int64> = (64 << 10)...(1 << 40)
  package static let everyRange: ClosedRange<Duration> = .seconds(60)...(.seconds(366 * 86_400))
}

/// Syslog messages (RFC 5424).
package struct SyslogFeed: Equatable, Sendable {
  package enum Way: Equatable, Sendable {
    /// Datagrams to this socket.
    case unix(String)
    case tcp(FeedAddress)
    case tls(FeedAddress)
  }

  package var way: Way
  package var tls: FeedTLS
  package var facility: SyslogFacility
  /// The private enterprise number in the name of the structured data.
  package var enterprise: Int
  /// Of one message.
  package var sizeMaxBytes: Int

  package init(
    way: Way, tls: FeedTLS = FeedTLS(), facility: SyslogFacility = .audit,
    enterprise: Int = enterpriseDefault, sizeMaxBytes: Int = sizeMaxBytesDefault
  ) {
    self.way = way
    self.tls = tls
    self.facility = facility
    self.enterprise = enterprise
    self.sizeMaxBytes = sizeMaxBytes
  }

  /// RFC 5612: for examples. The project has no number of its own.
  package static let enterpriseDefault = 32_473
  package static let enterpriseRange = 1...4_294_967_295
  /// What receivers should take at least (RFC 5425, 4.3.1).
  package static let sizeMaxBytesDefault = 8_192
  /// The header and the structured data need some hundreds; 1 MB is the largest message that
  /// receivers can be set to with reason.
  package static let sizeMaxBytesRange = 2_048...1_048_576
}

/// RFC 5424, table 1, by the names that syslog daemons use.
package enum SyslogFacility: String, CaseIterable, Sendable {
  case user, daemon, auth, authpriv, audit
  case local0, local1, local2, local3, local4, local5, local6, local7

  package var number: Int {
    switch self {
    case .user: 1
    case .daemon: 3
    case .auth: 4
    case .authpriv: 10
    case .audit: 13
    case .local0, .local1, .local2, .local3, .local4, .local5, .local6, .local7:
      16 + (Self.locals.firstIndex(of: self) ?? 0)
    }
  }

  private static let locals: [SyslogFacility] = [
    .local0, .local1, .local2, .local3, .local4, .local5, .local6, .local7,
  ]
}

/// POST of one event a request.
package struct WebhookFeed: Equatable, Sendable {
  package var url: String
  package var headers: [Header]
  package var tls: FeedTLS

  package init(url: String, headers: [Header] = [], tls: FeedTLS = FeedTLS()) {
    self.url = url
    self.headers = headers
    self.tls = tls
  }
}

/// Whom a feed trusts, and what it shows; without anything the system's authorities, and nothing.
package struct FeedTLS: Equatable, Sendable {
  package var certificateAuthority: String?
  package var certificate: String?
  package var key: String?

  package init(
    certificateAuthority: String? = nil, certificate: String? = nil, key: String? = nil
  ) {
    self.certificateAuthority = certificateAuthority
    self.certificate = certificate
    self.key = key
  }
}

/// Where a stream goes.
package struct FeedAddress: Equatable, Sendable {
  /// A name or an address, without brackets.
  package var host: String
  package var port: UInt16

  package init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }
}
