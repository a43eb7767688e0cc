import Reactor

/// Looks every host name up once for all who ask, and keeps the addresses for
/// `HTTPLimits.nameLifetime`.
///
/// curl itself would start a thread for every exchange whose name is not known yet: a thousand
/// sessions that start together would be a thousand threads. Hosts come from the configuration, so
/// the table stays as small as that.
final class NameCache {
  typealias Answer = Result<[String], ReactorError>

  private enum Entry {
    /// Can transition to known, or to no entry when the look-up fails.
    case lookingUp([(Answer) -> Void])
    case known([String], until: Duration)
  }

  private let reactor: any Reactor
  private var entries: [String: Entry] = [:]

  init(reactor: any Reactor) {
    self.reactor = reactor
  }

  /// The addresses of `host` if they are known; otherwise `nil`, and `completion` gets them later.
  func addresses(of host: String, completion: @escaping (Answer) -> Void) -> [String]? {
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
  func forget(_ host: String) {
    if case .known = entries[host] { entries[host] = nil }
  }

  private func answered(_ host: String, _ answer: Answer) {
    guard case .lookingUp(let waiting) = entries[host] else { return }
    if case .success(let addresses) = answer, !addresses.isEmpty {
      entries[host] = .known(addresses, until: reactor.now + HTTPLimits.nameLifetime)
    } else {
      entries[host] = nil
    }
    for completion in waiting { completion(answer) }
  }
}
