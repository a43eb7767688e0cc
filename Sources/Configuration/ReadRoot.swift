import Privacy
import YAML

extension ConfigurationReader {
  /// The whole configuration, or nil when something that it cannot be without was not readable.
  mutating func configuration(_ root: YAMLNode) -> Configuration? {
    guard let section = section(root, path: "", ConfigurationKeys.root) else { return nil }
    let site = required("site", of: section, expected: "the name of this site, such as hq")
      .flatMap { name($0, path: "site") }
    let routes = section.pairs["routes"].map { self.routes($0.value) } ?? []
    let platform = required("platform", of: section, expected: "a mapping with at least url")
      .flatMap { self.platform($0, routes) }
    let store = path("store", of: section, what: "the database")
    let socket = path("socket", of: section, what: "the API's socket")
    if let socket { checkSocket(socket, store: store) }
    let mode = section.pairs["socketMode"].flatMap { socketMode($0.value) }
    let agents = required("agents", of: section, expected: "a list of at least one agent")
      .flatMap { self.agents($0, profile: platform?.profile) }
    let commands = section.pairs["commands"].map { self.commands($0.value) }
    let audit = section.pairs["audit"].map { self.audit($0.value) }
    let groups = section.pairs["groups"].map { self.groups($0.value) }
    let feeds = section.pairs["feeds"].map { self.feeds($0.value) }
    let privacy = section.pairs["privacy"].map { self.privacy($0.value) }
    let retention = section.pairs["retention"].map { self.retention($0.value) }
    guard let site, let platform, let platform = platform.value, let store, let socket, let agents
    else { return nil }
    warnOfNoCredentials(agents, platform, section.pairs["platform"]?.line)
    var configuration = Configuration(
      site: site.value, platform: platform, store: store.value, socket: socket.value,
      socketMode: mode ?? Configuration.socketModeDefault, agents: agents,
      commands: commands ?? CommandSettings(), audit: audit ?? AuditSettings(),
      groups: groups ?? Access(), feeds: feeds ?? [], privacy: privacy ?? PrivacySettings(),
      retention: retention ?? Retention())
    configuration.routes = routes
    return configuration
  }

  private mutating func path(
    _ key: String, of section: SectionReading, what: String
  ) -> Located<String>? {
    required(key, of: section, expected: "the absolute path of \(what)")
      .flatMap { absolutePath($0, path: key, of: what) }
  }

  private mutating func checkSocket(_ socket: Located<String>, store: Located<String>?) {
    let size = socket.value.utf8.count
    if size > Configuration.socketPathSizeMax {
      fail(
        socket.line, socket.path,
        "expected at most \(Configuration.socketPathSizeMax) bytes, the system's limit for a"
          + " socket path, found \(size)")
    }
    if let store, store.value == socket.value {
      fail(socket.line, socket.path, "expected a path of its own, found that of store")
    }
  }

  /// Octal digits with a leading zero, whether or not they are quoted, as with chmod.
  private mutating func socketMode(_ node: YAMLNode) -> UInt32? {
    let expected = "four octal digits such as 0660, at most 0777"
    guard case .scalar(let text, _) = node.content else {
      fail(node.line, "socketMode", "expected \(expected), found \(node.kind)")
      return nil
    }
    guard text.utf8.count == 4, text.hasPrefix("0"), text.utf8.allSatisfy(\.isDigit),
      let mode = UInt32(text, radix: 8)
    else {
      fail(node.line, "socketMode", "expected \(expected), found \"\(text)\"")
      return nil
    }
    if mode & 0o007 != 0 {
      warn(node.line, "socketMode", "every user of this machine can connect to the socket")
    }
    return mode
  }
}
