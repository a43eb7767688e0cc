import JSON

/// Events as syslog messages (RFC 5424): the header, one element of structured data, and the event
/// itself as the message.
///
/// The message is the JSON line without a byte order mark (MSG-ANY of the grammar): parsers of JSON
/// stumble over one. An event that would make the whole longer than `sizeMaxBytes` is not cut but
/// left out, and the parameter `omitted` says how many bytes it has; its cursor finds it.
package struct SyslogFormat: Equatable, Sendable {
  /// 0 to 23, RFC 5424 table 1; 13 is the log audit.
  package var facility: Int
  /// This machine.
  package var host: String
  /// Behind `recbridge@`: a private enterprise number. 32473 is reserved for examples (RFC 5612),
  /// for the project has none of its own.
  package var enterprise: Int
  /// Of the whole message, without what frames it.
  package var sizeMaxBytes: Int

  /// What receivers should take at least (RFC 5425, 4.3.1), and rsyslog's own default.
  package static let sizeMaxBytesDefault = 8_192
  package static let facilityDefault = 13
  package static let enterpriseDefault = 32_473

  package init(
    facility: Int = facilityDefault, host: String, enterprise: Int = enterpriseDefault,
    sizeMaxBytes: Int = sizeMaxBytesDefault
  ) {
    self.facility = facility
    self.host = host
    self.enterprise = enterprise
    self.sizeMaxBytes = sizeMaxBytes
  }

  /// One message, without what frames it.
  package func message(_ event: FeedEvent) -> [UInt8] {
    let head = Array("\(header(event)) ".utf8)
    let whole = head + element(event, omitted: nil) + [UInt8(ascii: " ")] + event.line
    if whole.count <= sizeMaxBytes { return whole }
    return head + element(event, omitted: event.line.count)
  }

  /// A message for a stream: its length in bytes before it (RFC 6587, 3.4.1; RFC 5425, 4.3).
  package static func framed(_ message: [UInt8]) -> [UInt8] {
    Array("\(message.count) ".utf8) + message
  }

  // MARK: - Header

  private func header(_ event: FeedEvent) -> String {
    let priority = facility * 8 + SyslogSeverity(event).rawValue
    let time = event.event?["time"]?.string ?? "-"
    let name = Self.printable(host, sizeMaxBytes: 255)
    let kind = Self.printable(Self.shortType(event.type ?? ""), sizeMaxBytes: 32)
    return "<\(priority)>1 \(time) \(name) recbridge - \(kind)"
  }

  /// `command` of `recbridge.command.v1`.
  private static func shortType(_ type: String) -> String {
    let parts = type.split(separator: ".")
    return parts.count == 3 ? String(parts[1]) : type
  }

  /// A field of the header: printable ASCII without blanks, or a hyphen for none.
  private static func printable(_ text: String, sizeMaxBytes: Int) -> String {
    let bytes = text.utf8.prefix(sizeMaxBytes).map { byte in
      (0x21...0x7E).contains(byte) ? byte : UInt8(ascii: "_")
    }
    return bytes.isEmpty ? "-" : String(decoding: bytes, as: UTF8.self)
  }

  // MARK: - Structured data

  private func element(_ event: FeedEvent, omitted: Int?) -> [UInt8] {
    let data = event.data
    var element = Array("[recbridge@\(enterprise)".utf8)
    func add(_ name: String, _ value: String?) {
      guard let value else { return }
      element += Array(" \(name)=\"".utf8) + Self.escaped(value) + [UInt8(ascii: "\"")]
    }
    func text(_ name: String) -> String? {
      guard let value = data?[name], !value.isNull else { return nil }
      return value.string ?? String(decoding: value.raw, as: UTF8.self)
    }
    add("cursor", event.cursor ?? "-")
    add("type", event.type)
    add("source", event.event?["source"]?.string)
    add("call", event.event?["subject"]?.string)
    for name in ["agent", "command", "operation", "status", "grade", "latencyMs"] {
      add(name, text(name))
    }
    add("omitted", omitted.map(String.init))
    return element + [UInt8(ascii: "]")]
  }

  /// The value of a parameter: a quotation mark, a backslash and a closing bracket get a backslash
  /// before them (6.3.3). Control characters, which the RFC lets be changed, become `#` and three
  /// octal digits, as syslog daemons have always written them.
  private static func escaped(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "]"):
        bytes += [UInt8(ascii: "\\"), byte]
      case 0..<0x20, 0x7F:
        bytes.append(UInt8(ascii: "#"))
        for shift in [6, 3, 0] { bytes.append(UInt8(ascii: "0") + byte >> UInt8(shift) & 7) }
      default: bytes.append(byte)
      }
    }
    return bytes
  }
}

/// How urgent an event is (RFC 5424 table 2).
enum SyslogSeverity: Int {
  case error = 3
  case warning = 4
  case notice = 5
  case informational = 6

  /// A Pause or Stop that is not confirmed, and a recording that began again after a confirmed one,
  /// ask for somebody; what was missed or could not be read
  /// is a warning; a recording that changed is worth noting.
  private static let wellGrades = [
    "confirmed.notified", "confirmed.polled", "confirmed.resynced", "implied.released",
    "satisfied", "superseded",
  ]

  init(_ event: FeedEvent) {
    let data = event.data
    switch event.type {
    case "recbridge.command.v1":
      let isSafe = ["stop", "pause"].contains(data?["operation"]?.string)
      switch event.grade {
      case nil: self = .informational
      case let grade? where Self.wellGrades.contains(grade): self = .notice
      default: self = isSafe ? .error : .warning
      }
    case "recbridge.restarted.v1": self = .error
    case "recbridge.disagreement.v1", "recbridge.gap.v1", "recbridge.outage.v1",
      "recbridge.quarantine.v1":
      self = .warning
    case "recbridge.acknowledgement.v1", "recbridge.daemon.v1", "recbridge.recording.v1":
      self = .notice
    default: self = .informational
    }
  }
}
