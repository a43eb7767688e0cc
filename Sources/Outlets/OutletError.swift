import Glibc

/// What could not be delivered: which operation failed, on what, and what the system said.
package struct OutletError: Error, Equatable, CustomStringConvertible {
  package let operation: String
  package let subject: String
  package let cause: String

  package init(operation: String, subject: String, cause: String) {
    self.operation = operation
    self.subject = subject
    self.cause = cause
  }

  /// - Parameter code: of `errno`.
  init(_ operation: String, _ subject: String, code: Int32) {
    // The text belongs to the C library and is copied at once.
    let cause = unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
    self.init(operation: operation, subject: subject, cause: cause)
  }

  package var description: String { "\(operation) \(subject): \(cause)" }
}
