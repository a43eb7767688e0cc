/// How messages travel; the raw value is its name in `supportedConnectionTypes` and
/// `connectionType` (Bayeux 1.0, section 2.2.1.4 and the registered types).
package enum Transport: String, Sendable, CaseIterable {
  case webSocket = "websocket"
  case longPolling = "long-polling"
}
