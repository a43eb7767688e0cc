package import Bayeux
import JSON

/// Inputs and effects as people read them, for transcripts and traces.
extension Session.Input {
  package var line: String {
    switch self {
    case .start: "start"
    case .stop: "stop"
    case .timer: "timer"
    case .journaled(let batch): "journaled \(batch)"
    case .socket(let id, .message(let bytes)):
      "\(id) \(String(decoding: bytes, as: UTF8.self))"
    case .socket(let id, let event): "\(id) \(event)"
    case .replied(let id, .response(let status, let body, _)):
      "\(id) \(status) \(String(decoding: body, as: UTF8.self))"
    case .replied(let id, .failed(let failure)):
      "\(id) failed: \(failure.reason) \(String(decoding: failure.partialBody, as: UTF8.self))"
    }
  }
}

extension Session.Effect {
  package var line: String {
    switch self {
    case .send(let exchange):
      "send \(exchange.timeout.short)\(exchange.pathSuffix) "
        + String(decoding: exchange.body, as: UTF8.self)
    case .cancel(let id): "cancel \(id)"
    case .open(let id): "open \(id)"
    case .transmit(let id, let bytes): "transmit \(id) \(String(decoding: bytes, as: UTF8.self))"
    case .close(let id): "close \(id)"
    case .forgetCookies: "forgetCookies"
    case .deliver(let batch, let deliveries):
      "deliver \(batch) "
        + deliveries.map {
          "\($0.channel) \(String(decoding: $0.data?.raw ?? [], as: UTF8.self))"
        }.joined(separator: ", ")
    case .quarantine(let malformed):
      "quarantine \(String(decoding: malformed.bytes, as: UTF8.self)) (\(malformed.reason))"
    case .wake(let time): "wake \(time.short)"
    case .changed(let change): "changed \(change)"
    case .ready(let generation): "ready \(generation)"
    case .interrupted(let interruption):
      "interrupted \(interruption.cause) since \(interruption.completeUntil?.short ?? "ever")"
        + ": \(interruption.reason)"
    case .resumed: "resumed"
    case .continued(let generation): "continued \(generation)"
    case .notResumed(let reason): "notResumed: \(reason)"
    case .authenticationNeeded(let reason): "authenticationNeeded: \(reason)"
    case .stopped: "stopped"
    }
  }
}

extension Duration {
  package var short: String { "\(self / .seconds(1))s" }
}
