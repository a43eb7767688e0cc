/// An entry of the audit, as the store has it.
package struct ReportEntry: Sendable {
  package let number: Int64
  package let type: String
  /// When it was entered, wall time since the Unix epoch.
  package let time: Duration
  package let call: String?
  /// Its exact bytes, JSON; empty once retention has taken them.
  package let record: [UInt8]

  package init(number: Int64, type: String, time: Duration, call: String?, record: [UInt8]) {
    self.number = number
    self.type = type
    self.time = time
    self.call = call
    self.record = record
  }
}
