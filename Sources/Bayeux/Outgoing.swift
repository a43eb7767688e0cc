import JSON

/// The messages we send (Bayeux 1.0, section 4), each an array of its own: CometD parks a connect
/// only if it is alone in its request, and refuses a handshake that is not.
enum Outgoing {
  static func handshake(id: String, transports: [Transport], requestsAck: Bool) -> [UInt8] {
    message(Channel.handshake, id) { writer in
      writer.member("version", "1.0")
      writer.member("minimumVersion", "1.0")
      writer.member("supportedConnectionTypes", transports.map(\.rawValue))
      if requestsAck { writer.member("ext", object: { $0.member("ack", true) }) }
    }
  }

  /// - Parameters:
  ///   - hold: `.zero` asks the server to answer at once; nil leaves the time to the server.
  ///   - ack: The batch up to which everything is on disk; nil without the extension.
  static func connect(
    id: String, clientID: String, over transport: Transport, hold: Duration?, ack: Int64?
  ) -> [UInt8] {
    message(Channel.connect, id) { writer in
      writer.member("clientId", clientID)
      writer.member("connectionType", transport.rawValue)
      if let hold {
        writer.member("advice", object: { $0.member("timeout", Int64(hold / .milliseconds(1))) })
      }
      if let ack { writer.member("ext", object: { $0.member("ack", ack) }) }
    }
  }

  /// One message for each of `asked`, which are a message id and its channels.
  static func subscribe(clientID: String, asked: [Asked]) -> [UInt8] {
    JSONWriter.write { writer in
      writer.array { writer in
        for message in asked {
          writer.object { writer in
            writer.member("id", message.id)
            writer.member("channel", Channel.subscribe)
            writer.member("clientId", clientID)
            if message.channels.count == 1 {
              writer.member("subscription", message.channels.first)
            } else {
              writer.member("subscription", message.channels)
            }
          }
        }
      }
    }
  }

  static func disconnect(id: String, clientID: String) -> [UInt8] {
    message(Channel.disconnect, id) { $0.member("clientId", clientID) }
  }

  private static func message(
    _ channel: String, _ id: String, _ members: (inout JSONWriter) -> Void
  ) -> [UInt8] {
    JSONWriter.write { writer in
      writer.array { writer in
        writer.object { writer in
          writer.member("id", id)
          writer.member("channel", channel)
          members(&writer)
        }
      }
    }
  }
}

/// A message that waits for its reply, and the channels it asks for if it is a subscribe.
struct Asked: Equatable, Sendable {
  let id: String
  var channels: [String] = []
}
