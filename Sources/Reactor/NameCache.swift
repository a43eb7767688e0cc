/// Looks every host name up once for all who ask, and keeps the addresses for
/// `lifetime`.
///
/// A thousand sessions that start together would otherwise be a thousand look-ups at once. Hosts
/// come from the configuration, so
/// the table stays as small as that.
package final class NameCache {
  package typealias Answer = Result<[String], ReactorError>

  private enum Entry {
    /// Can transition to known, or to no entry when the look-up fails.
    case lookingUp([(Answer) -> Void])
    case known([String], until: Duration)
  }

  private let reactor: any Reactor
  private var entries: [String: Entry] = [:]

  /// How long addresses are used again. Long enough that thousands of sessions that reconnect
  /// together ask once, short enough to follow a name that moves.
  package static let lifetime: Duration = .seconds(30)

  /// An empty table.
  package init(reactor: any Reactor) {
    self.reactor = reactor
  }

  /// The addresses of `host` if they are known; otherwise `nil`, and `completion` gets them later.
  package func addresses(of host: String, completion: @escaping (Answer) -> Void) -> [String]? {
    switch entries[host] {
    case .known(let addresses, let end) where reactor.now < end:
      return addresses
    case .lookingUp(let waiting):
      entries[host] = .lookingUp(waiting + [completion])
    case .known, nil:
      entries[host] = .lookingUp([completion])
      reactor.resolve(host: host) { [weak self] answer in self?.answered(host, answer) }
    }
    return nil
  }

  /// Looks `host` up again for whoever asks next: connecting to what is known has failed.
  package func forget(_ host: String) {
    if case .known = entries[host] { entries[host] = nil }
  }

  private func answered(_ host: String, _ answer: Answer) {
    guard case .lookingUp(let waiting) = entries[host] else { return }
    if case .success(let addresses) = answer, !addresses.isEmpty {
      entries[host] = .known(addresses, until: reactor.now + Self.lifetime)
    } else {
      entries[host] = nil
    }
    for completion in waiting { completion(answer) }
  }
}
