import JSON

/// What is kept beside a Bayeux session so that another process can go on with it: the cookies it
/// lives by, and whose they are.
///
/// The cookies are secrets. They are in the store, whose file only its owner and group can read,
/// and neither in events nor in the log.
package struct Keepsake: Equatable {
  let platform: String
  let user: String
  /// Lines of `CookieJar`.
  let cookies: [String]

  init(platform: String, user: String, cookies: [String]) {
    self.platform = platform
    self.user = user
    self.cookies = cookies
  }

  /// Adds its members to an object.
  func write(to writer: inout JSONWriter) {
    writer.member("platform", platform)
    writer.member("user", user)
    writer.member("cookies", cookies)
  }

  /// Nil for an object that ``write(to:)`` added nothing to.
  init?(_ value: JSONValue) {
    guard let platform = value["platform"]?.string, let user = value["user"]?.string,
      let cookies = value["cookies"]?.elements.compactMap(\.string)
    else { return nil }
    self.init(platform: platform, user: user, cookies: cookies)
  }
}
