import API
import Bridge
import Commands
import HTTPServer

/// Who waits for an erasure to be on record, and of which call.
struct WaitingForErasure {
  let call: String
  let reply: (ErasureReply) -> Void
}

/// Erasures: put on record by the bridge, then done piece by piece.
extension SocketBackend {
  func erase(
    _ call: String, why: String, by peer: Peer?, reply: @escaping (ErasureReply) -> Void
  ) {
    guard removals != nil else {
      return reply(.unavailable(detail: Bridge.Refusal.erasureUnavailable.detail))
    }
    // Names may come from a directory on the network, which the loop must not wait for.
    userNames.find(peer?.uid) { [weak self] name in
      guard let self else { return }
      let ask = nextAsk()
      waitingForErasures[ask] = WaitingForErasure(call: call, reply: reply)
      let origin = Origin(uid: peer?.uid, gid: peer?.gid, name: name)
      turns.add(.erase(ask, EraseAsk(call: call, by: origin, why: why)))
    }
  }

  func answered(_ waiting: WaitingForErasure, _ answer: Bridge.Reply) {
    switch answer {
    case .erasing(let event):
      removals?.erase(waiting.call, event: event)
      waiting.reply(.begun(sequence: event))
    case .refused(let refusal) where refusal.reason == .storeUnavailable:
      waiting.reply(.unavailable(detail: refusal.detail))
    case .refused(let refusal):
      waiting.reply(
        .refused(
          status: refusal.reason.httpStatus, title: refusal.reason.title, detail: refusal.detail))
    case .issued, .known, .acknowledged, .group:
      preconditionFailure("an erasure is not answered with something else")
    }
  }
}
