/// Close codes of RFC 6455, section 7.4, that the servers use.
enum CloseCode {
  static let normal = 1000
  static let goingAway = 1001
  static let serverError = 1011
}
