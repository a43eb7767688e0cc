import JSON

/// Writing replies.
extension GWSModel {
  func reply(
    to message: BayeuxRequest, clientID: String? = nil, error: BayeuxError? = nil,
    advice: Advice? = nil, _ more: (inout JSONWriter) -> Void = { _ in }
  ) -> [UInt8] {
    var own = clientID
    if own == nil, settings.personality == .faye, error == nil { own = message.clientID }
    return reply(
      channel: message.channel, id: message.id, clientID: own, error: error, advice: advice, more)
  }

  /// - Parameter clientID: as Faye repeats it; nil where it is left out.
  func reply(
    channel: String, id: [UInt8]?, clientID: String?, error: BayeuxError? = nil, advice: Advice?,
    _ more: (inout JSONWriter) -> Void
  ) -> [UInt8] {
    JSONWriter.write { writer in
      writer.object { writer in
        if let id { writer.member("id", raw: id) }
        writer.member("clientId", clientID)
        writer.member("channel", channel)
        writer.member("successful", error == nil)
        writer.member("error", error?.text(settings.personality))
        more(&writer)
        advice?.write(to: &writer)
      }
    }
  }

  func joined(_ messages: [[UInt8]]) -> [UInt8] {
    var body: [UInt8] = [UInt8(ascii: "[")]
    body.reserveCapacity(messages.reduce(2) { $0 + $1.count + 1 })
    for (index, message) in messages.enumerated() {
      if index > 0 { body.append(UInt8(ascii: ",")) }
      body += message
    }
    return body + [UInt8(ascii: "]")]
  }
}
