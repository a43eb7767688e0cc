import YAML

/// What a configuration says of getting tokens; with the grant `password` each agent adds itself.
struct OAuth2Reading {
  var settings: OAuth2Settings
  let needsOwner: Bool
}

/// How agents prove who they are that do not say it themselves.
enum SiteAuthentication {
  /// Each with a user and a password of its own.
  case eachByItself
  case bearer(Secret)
  case oauth2(OAuth2Reading)
  /// Was given and could not be read, which is noted.
  case unreadable
}

/// The grants of RFC 6749 that need nobody at a browser.
private enum Grant: String, CaseIterable {
  case clientCredentials = "client-credentials"
  case password
}

extension ConfigurationReader {
  /// `oauth2` or `bearer` of the platform or of one agent; nil when it has neither.
  mutating func tokenSource(_ section: SectionReading) -> SiteAuthentication? {
    switch (section.pairs["oauth2"], section.pairs["bearer"]) {
    case (nil, nil): return nil
    case (let pair?, nil):
      return oauth2(pair.value, path: section.path(to: "oauth2")).map { .oauth2($0) }
        ?? .unreadable
    case (nil, let pair?):
      let path = section.path(to: "bearer")
      guard let token = secret(pair.value, path: path, .warned) else { return .unreadable }
      guard !token.reveal().lowercased().hasPrefix("bearer ") else {
        fail(
          pair.value.line, path,
          "expected the bare token, found the word Bearer before it; requests get that word anyway")
        return .unreadable
      }
      return .bearer(token)
    case (.some, .some(let pair)):
      fail(pair.line, section.path(to: "bearer"), "expected either oauth2 or bearer, found both")
      return .unreadable
    }
  }

  private mutating func oauth2(_ node: YAMLNode, path: String) -> OAuth2Reading? {
    guard let section = section(node, path: path, ConfigurationKeys.oauth2) else { return nil }
    let url = required(
      "tokenURL", of: section,
      expected: "the URL of the token endpoint, such as https://auth.example/oauth/token"
    ).flatMap { tokenURL($0, path: section.path(to: "tokenURL")) }
    let client = required("clientID", of: section, expected: "the client's identifier")
      .flatMap {
        text($0, path: section.path(to: "clientID"), expected: "the client's identifier")
      }
    let clientSecret = required(
      "clientSecret", of: section, expected: "{ file: PATH } or { env: NAME }"
    ).flatMap { secret($0, path: section.path(to: "clientSecret"), .warned) }
    let scope = section.pairs["scope"].flatMap {
      text($0.value, path: section.path(to: "scope"), expected: "scopes with spaces between them")
    }
    var grant: Grant? = .clientCredentials
    if let pair = section.pairs["grant"] {
      grant = choice(
        pair.value, path: section.path(to: "grant"), Grant.self, notInThisVersion: [])
    }
    guard let url, let client, let clientSecret, let grant else { return nil }
    return OAuth2Reading(
      settings: OAuth2Settings(
        tokenURL: url, clientID: client.value, clientSecret: clientSecret, scope: scope?.value),
      needsOwner: grant == .password)
  }

  private mutating func tokenURL(_ node: YAMLNode, path: String) -> String? {
    let expected = "an https URL such as https://auth.example/oauth/token"
    guard let text = text(node, path: path, expected: expected) else { return nil }
    do throws(BaseURL.Refusal) {
      let url = try BaseURL(text.value)
      if url.scheme == "http", !url.isLoopback {
        warn(node.line, path, "http sends the client's secret in the clear; use https")
      }
      return text.value
    } catch {
      // Not shown: one that is refused may hold a password.
      fail(node.line, path, "expected \(expected): \(error.reason)")
      return nil
    }
  }

  /// How one agent proves who it is: its own way, or the site's.
  mutating func authentication(_ section: SectionReading, profile: Profile?) -> Authentication? {
    let own = tokenSource(section)
    switch own ?? siteAuthentication {
    case .eachByItself: return login(section, profile: profile).map { .basic($0) }
    case .unreadable: return nil
    case .bearer(let token):
      refuseLogin(section, "has no use with bearer; remove it")
      return .bearer(token)
    case .oauth2(let reading):
      var settings = reading.settings
      guard reading.needsOwner else {
        refuseLogin(section, "has no use with the grant client-credentials; remove it")
        return .oauth2(settings)
      }
      settings.owner = login(section, needed: "the grant password asks with them")
      return settings.owner == nil ? nil : .oauth2(settings)
    }
  }

  private mutating func refuseLogin(_ section: SectionReading, _ problem: String) {
    for key in ["user", "password"] {
      if let pair = section.pairs[key] { fail(pair.line, section.path(to: key), problem) }
    }
  }

  /// Where no login is asked for, nothing else would miss what the platform wants to see.
  mutating func warnOfNoCredentials(_ agents: [Agent], _ platform: Platform, _ line: Int?) {
    guard platform.profile == .commandsOnly, platform.headers.isEmpty else { return }
    let bare = agents.filter { $0.authentication == nil && $0.headers.isEmpty }
    guard let first = bare.first else { return }
    let more = bare.count == 1 ? "agent \(first.name)" : "\(bare.count) agents"
    warn(
      line, "platform",
      "no credentials go out with the commands of \(more); give bearer, oauth2 or headers, unless"
        + " the platform wants none")
  }

  /// Only one `Authorization` can go out.
  mutating func checkAuthorization(_ section: SectionReading, _ agent: Agent) {
    switch agent.authentication {
    case .bearer, .oauth2: break
    case .basic, nil: return
    }
    let names = (siteHeaders + agent.headers).map { $0.name.lowercased() }
    guard names.contains("authorization") else { return }
    fail(
      section.line, section.path,
      "has a token and a header Authorization as well; remove one of them")
  }
}
