extension Command {
  /// The command without the name of the recording's file, which has phone numbers in it.
  package func withoutFileName() -> Command {
    var command = self
    command.evidence.recordingFile = nil
    return command
  }
}

extension Ledger {
  /// Forgets the name of the recording's file of an ended command, if it is remembered.
  package mutating func forgetFile(of id: String) {
    guard let command = book[id]?.command, !command.isOpen else { return }
    book.update(command.withoutFileName())
  }
}
