/// What the server does to sessions by itself.
extension GWSModel {
  /// Bayeux sessions by age.
  var orderedSessions: [(key: String, value: BayeuxSession)] {
    sessions.sorted { $0.value.order < $1.value.order }
  }

  /// Forgets the Bayeux sessions of an agent, or all; what was queued in them is lost.
  package mutating func forgetSessions(of agent: String? = nil, _ how: Forgetting = .unknown) {
    for (clientID, session) in orderedSessions
    where (agent == nil || session.agent == agent) && !session.isForgotten {
      switch how {
      case .unknown:
        if let held = release(clientID) { finishConnect(clientID, held, advice: nil) }
        remove(clientID)
      case .lateNone:
        guard session.held != nil else {
          remove(clientID)
          continue
        }
        sessions[clientID]?.isForgotten = true
      }
    }
  }

  /// The server itself ends the sessions of an agent, or all. CometD says so with the last connect
  /// that is held, or on the socket; otherwise the next answer shows it.
  package mutating func disconnectSessions(of agent: String? = nil) {
    for (clientID, session) in orderedSessions
    where (agent == nil || session.agent == agent) && !session.isForgotten {
      if settings.personality == .cometd {
        sessions[clientID]?.enqueue(
          Array(#"{"successful":true,"channel":"/meta/disconnect"}"#.utf8))
        if session.flowsOnSocket, let socket = session.socket {
          transmit(takeQueue(of: clientID), [], on: socket)
        }
      }
      end(clientID)
    }
  }

  /// Breaks HTTP connections of held connects without an answer; the sessions live on.
  package mutating func cutHeldConnects(of agent: String? = nil) {
    for (clientID, session) in orderedSessions where agent == nil || session.agent == agent {
      guard case .request(let id, _) = session.held?.carrier else { continue }
      for connect in session.overtaken {
        guard case .request(let id, _) = connect.carrier else { continue }
        _ = lose(id, of: clientID)
        drop(id)
      }
      _ = release(clientID)
      drop(id)
      if session.isForgotten {
        remove(clientID)
      } else {
        setDeadline(of: clientID, to: endWithoutConnect(clientID))
      }
    }
  }

  /// Ends the HTTP sessions of an agent, or all; Bayeux sessions live on.
  package mutating func expireHTTPSessions(of agent: String? = nil) {
    httpSessions = httpSessions.filter { agent != nil && $0.value.agent != agent }
  }
}
