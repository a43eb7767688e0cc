import CCrypto

/// Why there is no timestamp, or none that counts; for people.
package struct TimestampFailure: Error, Equatable, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }

  /// With the reasons that libcrypto has noted on this thread, which are taken away.
  static func ofLibrary(_ what: String) -> TimestampFailure {
    var reasons: [String] = []
    while reasons.count < reasonsMax {
      var data: UnsafePointer<CChar>?
      var flags: Int32 = 0
      // Safe: the library fills what it is given; its texts are copied before the next call of it.
      let code = unsafe ERR_get_error_all(nil, nil, nil, &data, &flags)
      guard code != 0 else { break }
      let more = unsafe data.map { unsafe String(cString: $0) } ?? ""
      let reason = unsafe ERR_reason_error_string(code).map { unsafe String(cString: $0) }
      let text = (reason ?? "error \(code)") + (more.isEmpty ? "" : " (\(more))")
      if !reasons.contains(text) { reasons.append(text) }
    }
    ERR_clear_error()
    return TimestampFailure(([what] + reasons).joined(separator: ": "))
  }

  /// A chain of certificates that fails says three things about it.
  private static let reasonsMax = 8
}
