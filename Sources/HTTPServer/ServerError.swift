/// Why the server could not start or listen: what was tried, on what, the cause, and what to do.
package struct ServerError: Error, Equatable, CustomStringConvertible {
  /// What kind of failure it is, for callers that decide.
  package enum Kind: Equatable, Sendable {
    /// Another process answers on this path or address.
    case alreadyServed
    /// Something that is not a socket is in the way; it is never deleted.
    case notASocket
    /// The folder of the socket is missing, or is not a folder.
    case directoryMissing
    /// Everybody may write to the folder, so anybody could replace the socket.
    case directoryUnsafe
    /// The path or the address cannot be used as it is written.
    case invalidAddress
    /// The system refused; the cause has its words.
    case system
  }

  package let kind: Kind
  package let operation: String
  package let subject: String
  package let cause: String
  package let nextStep: String

  package init(
    _ kind: Kind, operation: String, subject: String, cause: String, nextStep: String
  ) {
    self.kind = kind
    self.operation = operation
    self.subject = subject
    self.cause = cause
    self.nextStep = nextStep
  }

  package var description: String { "\(operation) \(subject): \(cause); \(nextStep)" }
}
