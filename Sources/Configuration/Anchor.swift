/// Where checkpoints are kept besides the store, so that whoever can write the store cannot make
/// another audit of the same size unseen.
package struct Anchor: Equatable, Sendable {
  package var name: String
  package var destination: Destination

  package enum Destination: Equatable, Sendable {
    /// The newest checkpoint, in a file that another host fetches.
    case file(String)
    /// A program, and what it is given besides the checkpoint on its standard input.
    case command([String])
    case timestamp(TimestampAuthority)
  }

  /// An anchor made by hand; nothing is checked here.
  package init(name: String, destination: Destination) {
    self.name = name
    self.destination = destination
  }

  /// A program with more arguments is one that needs a script around it.
  package static let commandWordsMax = 64
}

/// Who says when it saw a checkpoint (RFC 3161).
package struct TimestampAuthority: Equatable, Sendable {
  package var url: String
  /// A PEM file with the certificate that must stand behind every timestamp.
  package var certificateAuthority: String
  /// The rules by which the authority is to work, an object identifier; nil for its own.
  package var policy: String?
  /// Between two timestamps, at least.
  package var every: Duration

  package init(
    url: String, certificateAuthority: String, policy: String? = nil,
    every: Duration = everyDefault
  ) {
    self.url = url
    self.certificateAuthority = certificateAuthority
    self.policy = policy
    self.every = every
  }

  /// A token has some kilobytes, and authorities that cost nothing want to be asked rarely.
  package static let everyDefault: Duration = .seconds(600)
  package static let everyRange: ClosedRange<Duration> = .seconds(1)...(.seconds(86_400))
}
