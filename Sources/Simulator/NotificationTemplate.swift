/// A whole notification but for its number: thousands a second cost no more than copying them.
struct NotificationTemplate: Sendable {
  private let head: [UInt8]
  private let tail: [UInt8]

  /// No byte of a JSON text in UTF-8, so that the place of the number can be found.
  static let hole: UInt8 = 0xFF

  /// - Parameter message: a Bayeux message with one `hole` where the number goes.
  init(_ message: [UInt8]) {
    let place = message.firstIndex(of: Self.hole) ?? message.endIndex
    head = Array(message[..<place])
    tail = Array(message[place...].dropFirst())
  }

  func message(_ sequence: Int) -> [UInt8] {
    var message: [UInt8] = []
    message.reserveCapacity(head.count + tail.count + 20)  // an Int has 20 characters at most
    message += head
    message += String(sequence).utf8
    message += tail
    return message
  }
}
