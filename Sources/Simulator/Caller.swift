/// Who sent Bayeux messages, and what they came on.
struct Caller: Sendable {
  let agent: String
  let carrier: Carrier
  /// The `BAYEUX_BROWSER` cookie.
  let browserID: String?
  /// The request brought the cookie of a route that leads nowhere.
  let isAstray: Bool

  init(agent: String, carrier: Carrier, request: GWSRequest) {
    self.agent = agent
    self.carrier = carrier
    browserID = request.cookie("BAYEUX_BROWSER")
    isAstray = request.cookie(GWSModel.routeCookie) == GWSModel.staleRoute
  }

  init(agent: String, socket: GWSSocketID) {
    self.agent = agent
    carrier = .socket(socket)
    browserID = nil
    isAstray = false
  }
}

/// What Bayeux messages came on, and their answers go on.
enum Carrier: Sendable, Equatable {
  /// The fields are those that the response must carry whenever it goes.
  case request(RequestID, headers: [HTTPField])
  case socket(GWSSocketID)

  var socket: GWSSocketID? {
    if case .socket(let id) = self { id } else { nil }
  }
}
