import JSON

/// Prints events as they come, in the form that was asked for.
final class EventPrinter {
  private let form: OutputForm
  private var narrator = Narrator()

  init(_ form: OutputForm) {
    self.form = form
  }

  /// Prints an event.
  func say(_ event: JSONValue) {
    switch form {
    case .json: Terminal.say(line: event.raw)
    case .readable: Terminal.say(narrator.line(event))
    }
  }

  /// Prints the line of an event; one that is not JSON is shown as it is.
  func say(_ line: [UInt8]) {
    if let event = try? JSONValue.parse(line) { return say(event) }
    switch form {
    case .json: Terminal.say(line: line)
    case .readable: Terminal.say(Printable.text(String(decoding: line, as: UTF8.self)))
    }
  }
}
