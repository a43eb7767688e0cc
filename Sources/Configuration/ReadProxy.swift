import YAML

extension ConfigurationReader {
  /// A URL, a mapping with credentials, or the word `environment`.
  mutating func proxy(_ node: YAMLNode) -> ProxySetting? {
    let path = "platform.proxy"
    if case .mapping = node.content {
      guard let section = section(node, path: path, ConfigurationKeys.proxy) else { return nil }
      let url = required("url", of: section, expected: Self.proxyExpected)
        .flatMap { proxyURL($0, path: section.path(to: "url")) }
      let login = proxyLogin(section)
      return url.map { setting(Proxy(url: $0, login: login)) }
    }
    guard let text = text(node, path: path, expected: "environment or \(Self.proxyExpected)") else {
      return nil
    }
    if text.value == "environment" { return environmentProxy(node) }
    return proxyURL(node, path: path).map { setting(Proxy(url: $0)) }
  }

  private static let proxyExpected = "the URL of a proxy, such as http://proxy.example:3128"

  private func setting(_ proxy: Proxy) -> ProxySetting { ProxySetting(plain: proxy, secure: proxy) }

  private mutating func proxyURL(_ node: YAMLNode, path: String) -> String? {
    guard let text = text(node, path: path, expected: Self.proxyExpected) else { return nil }
    do throws(BaseURL.Refusal) {
      let url = try BaseURL(text.value)
      guard url.scheme == "http" else {
        throw BaseURL.Refusal(reason: "the way to the proxy itself can only be http")
      }
      guard url.isHostAlone else { throw BaseURL.Refusal(reason: "it has a path") }
      return url.text
    } catch {
      // Not shown: one that is refused may hold a password.
      let advice = text.value.contains("@") ? "; give them as user and password beside url" : ""
      fail(node.line, path, "expected \(Self.proxyExpected): \(error.reason)\(advice)")
      return nil
    }
  }

  private mutating func proxyLogin(_ section: SectionReading) -> Login? {
    let user = section.pairs["user"].flatMap { self.user($0.value, section.path(to: "user")) }
    let password = section.pairs["password"].flatMap {
      secret($0.value, path: section.path(to: "password"), .warned)
    }
    let given = (section.pairs["user"] != nil, section.pairs["password"] != nil)
    if given.0 != given.1 {
      let missing = given.0 ? "password" : "user"
      fail(section.line, section.path(to: missing), "missing; one needs the other")
    }
    guard let user, let password else { return nil }
    return Login(user: user, password: password)
  }

  /// What the environment says, in the names that every tool knows; small letters come first.
  private mutating func environmentProxy(_ node: YAMLNode) -> ProxySetting? {
    let plain = environmentProxy("http_proxy", "HTTP_PROXY", node)
    let secure = environmentProxy("https_proxy", "HTTPS_PROXY", node)
    let exceptions = environment("no_proxy") ?? environment("NO_PROXY") ?? ""
    let names = exceptions.split { $0 == "," || $0 == " " }.map(String.init)
    if plain == nil, secure == nil {
      warn(node.line, "platform.proxy", "the environment names no proxy; none is used")
      return nil
    }
    return ProxySetting(plain: plain, secure: secure, exceptions: names)
  }

  private mutating func environmentProxy(
    _ small: String, _ large: String, _ node: YAMLNode
  ) -> Proxy? {
    let name = environment(small)?.isEmpty == false ? small : large
    guard var text = environment(name), !text.isEmpty else { return nil }
    if !text.contains("://") { text = "http://" + text }
    var login: Login?
    // Whatever stands before the last '@' of the authority are the credentials.
    if let scheme = text.firstRange(of: "://"), let at = text.lastIndex(of: "@") {
      let parts = text[scheme.upperBound..<at].split(
        separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      let decoded = parts.map { Self.percentDecoded($0) }
      if let user = decoded.first, let user, let password = decoded.last, let password,
        decoded.count == 2, !user.contains(":")
      {
        login = Login(user: user, password: Secret(password))
      } else {
        fail(node.line, "platform.proxy", "the credentials in \(name) are not USER:PASSWORD")
      }
      text = String(text[..<scheme.upperBound] + text[text.index(after: at)...])
    }
    do throws(BaseURL.Refusal) {
      let url = try BaseURL(text)
      guard url.scheme == "http" else {
        throw BaseURL.Refusal(reason: "the way to the proxy itself can only be http")
      }
      return Proxy(url: url.text, login: login)
    } catch {
      fail(
        node.line, "platform.proxy",
        "expected \(Self.proxyExpected) in the environment variable \(name): \(error.reason)")
      return nil
    }
  }

  /// RFC 3986, section 2.1; nil for what is no text or could end a header line.
  private static func percentDecoded(_ text: Substring) -> String? {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard rest.count >= 2, let digits = String(rest.prefix(2)),
        let value = UInt8(digits, radix: 16)
      else { return nil }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    return String(validating: bytes, as: UTF8.self).flatMap { $0.isOneLine ? $0 : nil }
  }
}
