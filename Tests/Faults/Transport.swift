/// A column of the matrix: how the notifications travel, and whether the server acknowledges.
package enum Transport: String, CaseIterable, Sendable {
  case longPolling = "long-polling"
  case longPollingAck = "long-polling+ack"
  case webSocket = "websocket"
  case webSocketAck = "websocket+ack"

  package var acknowledges: Bool { self == .longPollingAck || self == .webSocketAck }
  var isWebSocket: Bool { self == .webSocket || self == .webSocketAck }

  /// `platform.transports` of the daemon's configuration.
  var configured: String { isWebSocket ? "[websocket, long-polling]" : "[long-polling]" }

  /// What `recbridge simulate` is told.
  var simulatorOptions: [String] {
    (acknowledges ? ["--ack"] : []) + (isWebSocket ? ["--websocket"] : [])
  }
}
