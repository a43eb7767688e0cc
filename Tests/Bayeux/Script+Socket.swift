import Bayeux
import JSON

/// The WebSocket half of a script: `$connect` in a message stands for the id of the last connect
/// sent over a socket, and so on.
extension Script {
  static let offering =
    #"{"id":"$1","channel":"/meta/handshake","successful":true,"clientId":"c1","supportedConnectionTypes":["websocket","long-polling"],"advice":{"timeout":30000}}"#
  static let offeringAck = offering.replacing(
    #""clientId""#, with: #""ext":{"ack":true},"clientId""#)
  static let connectReply = #"{"id":"$connect","channel":"/meta/connect","successful":true}"#
  static let subscribeReply = #"{"id":"$subscribe","channel":"/meta/subscribe","successful":true}"#

  static func acknowledged(_ batch: Int) -> String {
    #"{"id":"$connect","channel":"/meta/connect","successful":true,"ext":{"ack":\#(batch)}}"#
  }

  static func preferringSocket(
    channels: [String] = ["/v2/me/calls"], _ change: (inout SessionSettings) -> Void = { _ in }
  ) -> Script {
    Script(channels: channels) { settings in
      settings.transports = [.webSocket, .longPolling]
      change(&settings)
    }
  }

  /// Connected over its first socket, with a connect parked there.
  static func onSocket(
    ack: Bool = false, _ change: (inout SessionSettings) -> Void = { _ in }
  ) -> Script {
    var script = preferringSocket(change)
    script.feed(.start)
    script.answer(.handshake, ack ? offeringAck : offering)
    script.happen(.opened)
    script.hear(subscribeReply)
    script.hear(ack ? acknowledged(1) : connectReply)
    script.last = []
    return script
  }

  var sockets: [SocketID] {
    effects.compactMap { if case .open(let id) = $0 { id } else { nil } }
  }
  var closed: [SocketID] {
    effects.compactMap { if case .close(let id) = $0 { id } else { nil } }
  }
  /// Every message sent over a socket.
  var transmitted: [(socket: SocketID, message: JSONValue)] {
    effects.flatMap { effect -> [(SocketID, JSONValue)] in
      guard case .transmit(let id, let bytes) = effect else { return [] }
      return ((try? JSONValue.parse(bytes)).map { Array($0.elements) } ?? []).map { (id, $0) }
    }
  }

  func transmitted(_ kind: Exchange.Kind) -> [JSONValue] {
    transmitted.map(\.message).filter { $0["channel"]?.string == "/meta/" + kind.rawValue }
  }

  /// On the newest socket unless told otherwise.
  mutating func happen(_ event: SocketEvent, on socket: SocketID? = nil) {
    guard let socket = socket ?? sockets.last else { return }
    feed(.socket(socket, event))
  }

  mutating func close(_ kind: SocketClose.Kind, on socket: SocketID? = nil) {
    happen(.closed(SocketClose(kind, reason: "\(kind)")), on: socket)
  }

  /// One text message, of these Bayeux messages.
  mutating func hear(_ messages: String..., on socket: SocketID? = nil) {
    var text = "[" + messages.joined(separator: ",") + "]"
    for kind in [Exchange.Kind.connect, .subscribe, .disconnect] {
      let ids = transmitted(kind).compactMap { $0["id"]?.string }
      text = text.replacing("$\(kind.rawValue)", with: ids.last ?? "none")
    }
    happen(.message(Array(text.utf8)), on: socket)
  }
}
