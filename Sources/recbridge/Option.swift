import Simulator

/// An option of the command line: its name, what it takes, and the line that explains it.
struct Option: Hashable, Sendable {
  /// What may follow the name.
  enum Value: Hashable, Sendable {
    case none
    case text(String)
    /// A text, as often as needed.
    case texts(String)
    case whole(String, ClosedRange<Int>)
    case word([String])
    /// `NAME=VALUE`, as often as needed.
    case pairs(String)

    /// How the value is written in help texts.
    var placeholder: String? {
      switch self {
      case .none: nil
      case .text(let placeholder), .texts(let placeholder), .whole(let placeholder, _),
        .pairs(let placeholder):
        placeholder
      case .word(let words): words.joined(separator: "|")
      }
    }
  }

  let name: String
  let value: Value
  let help: String

  /// `--name VALUE` as in help texts.
  var usage: String { value.placeholder.map { "\(name) \($0)" } ?? name }

  static let json = Option(name: "--json", value: .none, help: "one JSON object a line")
  static let config = Option(
    name: "--config", value: .text("FILE"), help: "the configuration (required)")
  static let configured = Option(
    name: "--config", value: .text("FILE"), help: "a configuration that names more")
  static let parameter = Option(
    name: "--parameter", value: .pairs("NAME=VALUE"),
    help: "what the platform's route asks for; may be given more than once")
  static let socket = Option(
    name: "--socket", value: .text("PATH"),
    help: "default: $RECBRIDGE_SOCKET, else \(SocketPath.installed)")
  static let store = Option(
    name: "--store", value: .text("PATH"), help: "the database (default: \(StorePath.installed))")
  static let after = Option(
    name: "--after", value: .text("CURSOR|earliest|latest"),
    help: "begin with the event after this place (default: latest)")
  static let type = Option(
    name: "--type", value: .text("T"),
    help: "only events of this type; call is short for recbridge.call.v1")
  static let call = Option(
    name: "--call", value: .text("ID"), help: "only events of this call")
  static let group = Option(
    name: "--group", value: .text("NAME"),
    help: "as a member of this group, acknowledging what was printed")
  static let agent = Option(
    name: "--agent", value: .text("A"), help: "the agent whose call it is, if several have it")
  static let key = Option(
    name: "--key", value: .text("K"),
    help: "the same key again is the same command, not a second one")
  static let why = Option(
    name: "--why", value: .text("TEXT"), help: "what you found and did (required)")
  static let all = Option(
    name: "--all", value: .none, help: "also those that somebody has acknowledged")
  static let everything = Option(
    name: "--all", value: .none, help: "every entry: moves, changes, gaps, heartbeats and the rest")
  static let oneCall = Option(
    name: "--call", value: .text("ID"), help: "the call whose entries to export (required)")
  static let erasedCall = Option(
    name: "--call", value: .text("ID"), help: "the call, which has ended (required)")
  static let whyErased = Option(
    name: "--why", value: .text("TEXT"), help: "who wants it, and on what ground (required)")
  static let to = Option(
    name: "--to", value: .text("DIR"), help: "a folder that is made, or is empty (required)")
  static let from = Option(
    name: "--from", value: .text("T"),
    help: "entries from then on, such as 2026-11-25 or 2026-11-25T08:00+01:00")
  static let until = Option(
    name: "--to", value: .text("T"), help: "entries before then; a date is its start in UTC")
  static let aboutCall = Option(
    name: "--call", value: .text("ID"), help: "only what concerns this call")
  static let page = Option(
    name: "--html", value: .text("FILE"), help: "a page to read, print and sign")
  static let table = Option(
    name: "--csv", value: .text("FILE"), help: "a table, a row for each command and disturbance")
  static let object = Option(
    name: "--json", value: .text("FILE"), help: "one JSON object: schemas/report.schema.json")
  static let checkpoint = Option(
    name: "--checkpoint", value: .text("FILE"),
    help: "an older checkpoint, which the store must continue")
  static let anchor = Option(
    name: "--anchor", value: .texts("FILE"),
    help: "checkpoints that were kept elsewhere: notes or events; as often as needed")
  static let trustedKey = Option(
    name: "--key", value: .text("PUB"),
    help: "the key you were given, NAME+ID+KEY, or a file with such lines or with PEM")
  static let timestampAuthority = Option(
    name: "--tsa", value: .text("FILE"),
    help: "who stands behind the timestamps: certificates (PEM)")
  static let name = Option(
    name: "--name", value: .text("NAME"),
    help: "names the audit, such as audit.example/hq: no space, no plus (required)")
  static let previous = Option(
    name: "--previous", value: .text("FILE"),
    help: "the private key until now, which signs for the new one")
  static let wait = Option(
    name: "--wait", value: .whole("SECONDS", 0...waitMax),
    help: "wait for the outcome and report it; exit 3 if it is not confirmed")
  static let observe = Option(
    name: "--observe", value: .none,
    help: "send nothing: somebody else does, and its effect is watched for")
  static let fault = Option(
    name: "--fault", value: .word(DemoFault.allCases.map(\.rawValue)),
    help: "what the simulated platform does wrong")
  static let keep = Option(
    name: "--keep", value: .text("DIR"), help: "a folder that is made: store, export and report")
  static let transport = Option(
    name: "--transport", value: .word(["long-polling", "websocket"]),
    help: "how notifications travel (default: long-polling)")
  static let acknowledge = Option(
    name: "--ack", value: .none, help: "offer the acknowledge extension of CometD")
  static let listen = Option(
    name: "--listen", value: .text("127.0.0.1:PORT"),
    help: "where to listen; port 0 picks a free one (default: \(ListenAddress.standard))")
  static let agents = Option(
    name: "--agents", value: .whole("N", 1...agentsMax), help: "how many agents (default: 2)")

  static let websocket = Option(
    name: "--websocket", value: .none, help: "offer WebSocket, on the same port")
  static let personality = Option(
    name: "--personality", value: .word(Personality.allCases.map(\.rawValue)),
    help: "whose Bayeux server it behaves like (default: cometd)")
  static let hold = Option(
    name: "--hold", value: .whole("SECONDS", 1...holdMax),
    help: "how long a connect is held (default: 30)")
  static let maxInterval = Option(
    name: "--max-interval", value: .whole("SECONDS", 1...waitMax),
    help: "how long a session lives without a connect, with cometd (default: 10)")

  static let certificate = Option(
    name: "--tls-cert", value: .text("FILE"),
    help: "serve HTTPS, without WebSocket, with this certificate (PEM)")
  static let certificateKey = Option(
    name: "--tls-key", value: .text("FILE"), help: "the certificate's private key (PEM)")

  /// Longer than any server holds a connect, and than most proxies allow.
  static let holdMax = 600
  /// An hour: longer than a command's longest deadline makes no difference.
  static let waitMax = 3600
  /// What one simulator is meant for: as many sessions as one bridge may hold.
  static let agentsMax = 10_000
}
