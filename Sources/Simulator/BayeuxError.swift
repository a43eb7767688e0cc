/// Why a Bayeux message is refused; each server has its own words for it.
enum BayeuxError: Sendable {
  case unknownSession(clientID: String)
  case versionMissing
  case noCommonTransport(asked: [String])
  case subscriptionMissing
  case subscriptionInvalid(channel: String)
  case subscriptionDenied(channel: String)
  case publicationDenied(channel: String)

  func text(_ personality: Personality) -> String {
    switch personality {
    case .cometd: cometd
    case .faye: faye
    }
  }

  private var cometd: String {
    switch self {
    case .unknownSession: "402::Unknown client"
    case .versionMissing, .noCommonTransport: "403::Handshake denied"
    case .subscriptionMissing: "403::subscription_missing"
    case .subscriptionInvalid: "403::subscription_invalid"
    case .subscriptionDenied: "403:denied:subscribe_denied"
    case .publicationDenied: "403:denied:publish_denied"
    }
  }

  private var faye: String {
    switch self {
    case .unknownSession(let clientID): "401:\(clientID):Unknown client"
    case .versionMissing: "402:version:Missing required parameter"
    case .noCommonTransport(let asked):
      "301:\(asked.joined(separator: ",")):Connection types not supported"
    case .subscriptionMissing: "402:subscription:Missing required parameter"
    case .subscriptionInvalid(let channel): "405:\(channel):Invalid channel"
    case .subscriptionDenied(let channel), .publicationDenied(let channel):
      "403:\(channel):Forbidden channel"
    }
  }
}
