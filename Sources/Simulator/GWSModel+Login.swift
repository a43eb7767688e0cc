/// Who sent a request, and what its reply must carry for that.
struct Login: Sendable {
  let agent: String
  /// Empty for credentials that opened none.
  let httpSession: String
  /// The new session's cookie, if the request did not bring one.
  let headers: [HTTPField]
}

extension GWSModel {
  /// HTTP sessions kept without looking; beyond it the expired ones are swept, as a container
  /// would do by itself once a minute.
  static let sweepMin = 1000

  /// The agent that a request names, right or wrong: faults are armed for agents.
  func claimedAgent(_ request: GWSRequest) -> String? {
    if let id = request.cookie("JSESSIONID"), let session = httpSessions[id] {
      return session.agent
    }
    return credentials(request)?.name
  }

  /// Finds the HTTP session of a request or, with Basic credentials, opens one.
  ///
  /// Without `opensSession` credentials alone are enough, for this one time.
  mutating func authenticate(_ request: GWSRequest, opensSession: Bool = true) -> Login? {
    let given = credentials(request)
    if let given {
      guard let agent = agents[given.name], agent.settings.password == given.password else {
        return nil
      }
    } else if request.header("Authorization") != nil {
      return nil
    }
    if let id = request.cookie("JSESSIONID"), let session = httpSessions[id] {
      if session.expiresAt <= now {
        httpSessions[id] = nil
      } else if given == nil || given?.name == session.agent {
        httpSessions[id]?.expiresAt = now + settings.httpSessionTimeout
        return Login(agent: session.agent, httpSession: id, headers: [])
      }
    }
    guard let name = given?.name else { return nil }
    if faults.take(.refuseLogin, for: name) { return nil }
    return opensSession
      ? openSession(of: name) : Login(agent: name, httpSession: "", headers: [])
  }

  private mutating func openSession(of agent: String) -> Login {
    if httpSessions.count > sweepAbove {
      httpSessions = httpSessions.filter { $0.value.expiresAt > now }
      // Not again with the next login: thousands that are alive must not make each one slow.
      sweepAbove = max(Self.sweepMin, httpSessions.count * 2)
    }
    let id = "node0" + random.text(26, of: "abcdefghijklmnopqrstuvwxyz0123456789")
    httpSessions[id] = HTTPSession(
      id: id, agent: agent, csrfToken: random.uuid(), expiresAt: now + settings.httpSessionTimeout)
    counters.logins += 1
    return Login(
      agent: agent, httpSession: id,
      headers: [HTTPField("Set-Cookie", "JSESSIONID=\(id);Path=/;HttpOnly")])
  }

  /// With protection on, whatever changes something needs the token of its own HTTP session. The
  /// real server looks before it asks who it is, so a missing cookie shows as a missing token.
  func refusalWithoutToken(_ request: GWSRequest) -> GWSResponse? {
    guard case .required(let header) = settings.csrf else { return nil }
    guard request.method != "GET", request.method != "HEAD" else { return nil }
    if let id = request.cookie("JSESSIONID"), let session = httpSessions[id],
      request.header(header) == session.csrfToken
    {
      return nil
    }
    return .html("Missing or invalid Csrf token", status: 403)
  }

  /// The fields of a reply to a GET: the session's cookie if it is new, and the token.
  func fields(of login: Login, method: String) -> [HTTPField] {
    guard method == "GET", case .required(let header) = settings.csrf,
      let session = httpSessions[login.httpSession]
    else { return login.headers }
    return login.headers + [
      HTTPField("X-CSRF-HEADER", header), HTTPField("X-CSRF-TOKEN", session.csrfToken),
    ]
  }

  private func credentials(_ request: GWSRequest) -> (name: String, password: String)? {
    guard let field = request.header("Authorization") else { return nil }
    let parts = field.split(separator: " ", maxSplits: 1)
    if parts.count == 2, parts[0].lowercased() == "bearer" {
      guard let name = bearerTokens[String(parts[1])] else { return nil }
      return agents[name].map { (name, $0.settings.password) }
    }
    guard parts.count == 2, parts[0].lowercased() == "basic",
      let text = decodeBase64(String(parts[1]))
    else { return nil }
    let pair = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard pair.count == 2 else { return nil }
    return (String(pair[0]), String(pair[1]))
  }
}

/// Decodes RFC 4648 base64 into text; nil if it is neither.
func decodeBase64(_ text: String) -> String? {
  let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  var bytes: [UInt8] = []
  var bits: UInt32 = 0
  var count = 0
  for character in text.utf8 {
    if character == UInt8(ascii: "=") { break }
    guard let value = alphabet.firstIndex(of: character) else { return nil }
    bits = bits << 6 | UInt32(value)
    count += 6
    if count >= 8 {
      count -= 8
      bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
    }
  }
  return String(validating: bytes, as: UTF8.self)
}
