import Glibc

/// What the command line asks for.
struct Plan {
  var agents = 9_000
  /// A second run of so many, whose memory is that of the process without sessions.
  var fewAgents = 100
  var idle = Duration.seconds(20)
  var binary = ""
  /// The platform has the acknowledge extension, so that each poll is written down.
  var acknowledges = false
  /// Files with the simulator's certificate and its key, to measure over TLS.
  var certificate: String?
  var key: String?

  static let usage = """
    usage: sessions --binary RECBRIDGE [--agents N] [--few N] [--idle SECONDS] \
    [--ack] [--tls-cert FILE --tls-key FILE]
    """

  /// Nil for a command line that cannot be understood.
  init?(_ words: [String]) {
    var words = words[...]
    while let name = words.popFirst() {
      if name == "--ack" {
        acknowledges = true
        continue
      }
      guard let value = words.popFirst() else { return nil }
      switch (name, Int(value)) {
      case ("--agents", let number?): agents = number
      case ("--few", let number?): fewAgents = number
      case ("--idle", let number?): idle = .seconds(number)
      case ("--binary", _): binary = value
      case ("--tls-cert", _): certificate = value
      case ("--tls-key", _): key = value
      default: return nil
      }
    }
    guard !binary.isEmpty, agents > fewAgents, fewAgents > 0, (certificate == nil) == (key == nil)
    else { return nil }
  }
}
