import Commands
import JSON

/// An entry of the audit, as the store has it.
package struct ReportEntry: Sendable {
  package let number: Int64
  package let type: String
  /// When it was entered, wall time since the Unix epoch.
  package let time: Duration
  /// Its exact bytes, JSON; empty once retention has taken them.
  package let record: [UInt8]

  /// - Parameter time: one that no calendar has, as in a damaged store, becomes the nearest that it
  ///   has: the verification says that it is not the one that was written.
  package init(number: Int64, type: String, time: Duration, record: [UInt8]) {
    self.number = number
    self.type = type
    self.time = Timestamp.clamped(time)
    self.record = record
  }

  /// The call that its record says it is about.
  var call: String? { JSONValue.member("call", of: record)?.string }
}
