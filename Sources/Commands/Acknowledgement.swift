package import JSON

/// An operator has seen to an exception: who, when and why. It changes no grade.
package struct Acknowledgement: Equatable, Sendable {
  /// Who did, as the kernel vouches for it.
  package let by: Origin
  /// Wall time since the Unix epoch, in whole microseconds.
  package let at: Duration
  /// The operator's own words.
  package let why: String

  /// Takes who, when and why.
  package init(by origin: Origin, at wall: Duration, why: String) {
    by = origin
    at = .microseconds(wall.wholeMicroseconds)
    self.why = why
  }

  /// Writes its members into the object that is open.
  package func write(to writer: inout JSONWriter) {
    writer.member("by", object: by.write)
    writer.member("at", Timestamp.text(at))
    writer.member("why", why)
  }
}

extension Command {
  /// The command as it stands once an operator has seen to it.
  package func acknowledged(_ acknowledgement: Acknowledgement) -> Command {
    var command = self
    command.acknowledgement = acknowledgement
    return command
  }
}

extension Ledger {
  /// The id that the call of a command has now, while the command is remembered.
  package func callNow(of id: String) -> String? { book[id]?.call }

  /// Notes the acknowledgement of a command, if it is remembered; the first one stays.
  package mutating func acknowledge(_ id: String, _ acknowledgement: Acknowledgement) {
    guard let command = book[id]?.command, command.acknowledgement == nil else { return }
    book.update(command.acknowledged(acknowledgement))
  }
}
