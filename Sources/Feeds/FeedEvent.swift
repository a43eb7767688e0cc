package import JSON

/// An event as a feed sees it: its line, and what it is filtered and labelled by.
package struct FeedEvent: Sendable {
  package let sequence: Int64
  /// The CloudEvent, without a line break in it.
  package let line: [UInt8]
  /// `line`, read; nil if it is not JSON.
  package let event: JSONValue?

  package init(sequence: Int64, line: [UInt8]) {
    self.sequence = sequence
    self.line = line
    event = try? JSONValue.parse(line)
  }

  /// `STORE.SEQUENCE`.
  package var cursor: String? { event?["id"]?.string }

  /// Such as `recbridge.command.v1`.
  package var type: String? { event?["type"]?.string }

  var data: JSONValue? { event?["data"] }

  /// How the command that it is about ended; nil if it has not, or it is about none.
  var grade: String? { data?["grade"]?.string }
}

/// Which events a feed delivers: those that fit every condition that is set.
package struct FeedFilter: Equatable, Sendable {
  /// Any of these types, in full; empty means every type.
  package var types: [String]
  /// Of the events about commands only those that ended with one of these grades; empty means all
  /// of them. Other events are not concerned.
  package var grades: [String]

  package init(types: [String] = [], grades: [String] = []) {
    self.types = types
    self.grades = grades
  }

  package func passes(_ event: FeedEvent) -> Bool {
    guard types.isEmpty || event.type.map(types.contains) ?? false else { return false }
    guard !grades.isEmpty, event.type == "recbridge.command.v1" else { return true }
    return event.grade.map(grades.contains) ?? false
  }
}
