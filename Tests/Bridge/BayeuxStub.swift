import Bridge
import JSON

/// The Bayeux half of a platform as a value: it answers everything well and at once, but for the
/// connect, which it holds until there is something to say.
struct BayeuxStub {
  struct Answer {
    let id: RequestID
    let status: Int
    let body: String
  }

  private(set) var subscribed: Set<String> = []
  private var connects = 0
  private var held: (request: PlatformRequest, id: String)?
  private var queue: [String] = []

  mutating func arrive(_ request: PlatformRequest) throws -> [Answer] {
    var replies: [String] = []
    for message in try JSONValue.parse(request.body ?? []).elements {
      let id = message["id"]?.string ?? ""
      let channel = message["channel"]?.string ?? ""
      var members = #""id":"\#(id)","channel":"\#(channel)","successful":true"#
      switch channel {
      case "/meta/handshake":
        connects = 0
        subscribed = []
        held = nil
        members += #","clientId":"w1","version":"1.0","supportedConnectionTypes":["long-polling"]"#
      case "/meta/subscribe":
        guard let subscription = message["subscription"] else { continue }
        let names =
          [subscription.string].compactMap { $0 } + subscription.elements.compactMap(\.string)
        subscribed.formUnion(names)
        members += #","subscription":\#(String(decoding: subscription.raw, as: UTF8.self))"#
      case "/meta/connect":
        connects += 1
        if connects > 1, queue.isEmpty {
          held = (request, id)
          return []
        }
      default: break
      }
      replies.append("{\(members)}")
    }
    defer { queue = [] }
    return [answer(request, "[\((queue + replies).joined(separator: ","))]")]
  }

  /// Sends a message to the agent: with the answer to the held connect, or with the next answer.
  mutating func say(_ data: String, on channel: String) -> [Answer] {
    queue.append(#"{"channel":"\#(channel)","data":\#(data)}"#)
    guard let (request, id) = held else { return [] }
    held = nil
    let reply = #"{"id":"\#(id)","channel":"/meta/connect","successful":true}"#
    defer { queue = [] }
    return [answer(request, "[\((queue + [reply]).joined(separator: ","))]")]
  }

  private func answer(_ request: PlatformRequest, _ body: String) -> Answer {
    Answer(id: request.id, status: 200, body: body)
  }
}
