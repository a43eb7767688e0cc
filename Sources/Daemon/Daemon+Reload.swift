import Bridge
import Configuration
import Loop
import Store
import Synchronization

/// The configuration read again while the daemon runs.
///
/// Its agents and its secrets are taken up. A configuration that cannot be understood, or that
/// differs in anything else, changes nothing at all: agents of one platform must never log in at
/// another.
extension Daemon {
  /// Has the feeds open their files again; reads the configuration at `path` and its secrets, away
  /// from the loop, and takes up what has changed.
  package func reload(_ path: String) {
    feeds.reopen()
    guard !isReloading else {
      reloadWanted = path
      return
    }
    isReloading = true
    let outcome = Outcome()
    loop.runOffLoop({ outcome.set(.load(path)) }) { [weak self] in
      self?.reloaded(outcome.take())
    }
  }

  private func reloaded(_ loaded: Loaded?) {
    isReloading = false
    guard isServing else { return }
    switch loaded {
    case .good(let next, let fingerprint, let warnings):
      for warning in warnings { logger.log(.warning, "configuration", [("problem", warning)]) }
      if let obstacle = obstacle(to: next) {
        refuse([obstacle])
      } else {
        takeUp(next, fingerprint)
      }
    case .bad(let problems): refuse(problems)
    case nil: break
    }
    if let path = reloadWanted {
      reloadWanted = nil
      reload(path)
    }
  }

  private func refuse(_ problems: [String]) {
    for problem in problems { logger.log(.error, "reload-refused", [("problem", problem)]) }
  }

  /// Why `next` cannot be taken up by a daemon that runs.
  private func obstacle(to next: Configuration) -> String? {
    let fixed = Self.fixedDifferences(configuration, next)
    if !fixed.isEmpty {
      return "\(fixed.joined(separator: ", ")): only a restart can change this; nothing was changed"
    }
    let room = descriptors.limit - Descriptors.needed(agents: next.agents.count, clients: clients)
    return room < 0 ? descriptors.refusal(agents: next.agents.count, clients: clients) : nil
  }

  /// The keys in which two configurations differ although neither agents nor secrets are meant.
  static func fixedDifferences(_ old: Configuration, _ new: Configuration) -> [String] {
    var platform = new.platform
    if old.platform.headers.map(\.name) == platform.headers.map(\.name) {
      platform.headers = old.platform.headers
    }
    let keys: [(name: String, isSame: Bool)] = [
      ("site", old.site == new.site), ("platform", old.platform == platform),
      ("store", old.store == new.store), ("socket", old.socket == new.socket),
      ("socketMode", old.socketMode == new.socketMode), ("commands", old.commands == new.commands),
      ("audit", old.audit == new.audit), ("groups", old.groups == new.groups),
      ("feeds", old.feeds == new.feeds), ("privacy", old.privacy == new.privacy),
      ("retention", old.retention == new.retention),
    ]
    return keys.filter { !$0.isSame }.map(\.name)
  }

  private func takeUp(_ next: Configuration, _ nextFingerprint: Fingerprint) {
    let difference = AgentDifference(from: configuration.agents, to: next.agents)
    let before = fingerprint
    fingerprint = nextFingerprint
    configuration = next
    platform.take(next)
    var added: [SessionRecord] = []
    do throws(StoreError) {
      added = try records(of: difference.added)
    } catch {
      return failed(error)
    }
    turns.add(
      .occurred(
        .configured(
          Reconfiguration(
            added: difference.added, removed: difference.removed, changed: difference.changed,
            configuration: nextFingerprint, before: before))))
    turns.add(
      .agents(
        AgentChanges(added: added, removed: difference.removed, changed: difference.changed)))
    logger.log(
      .info, "reloaded",
      [
        ("agents", String(next.agents.count)), ("added", String(difference.added.count)),
        ("removed", String(difference.removed.count)),
        ("changed", String(difference.changed.count)),
      ])
  }

  /// What the store holds of agents that come, perhaps back.
  private func records(of names: [String]) throws(StoreError) -> [SessionRecord] {
    guard !names.isEmpty else { return [] }
    let stored = try storedSessions()
    return names.map { stored[$0] ?? SessionRecord(agent: $0) }
  }
}

/// Which agents a new configuration adds, removes, or gives other login data.
struct AgentDifference: Equatable {
  /// In the order of the new configuration, as `changed` is.
  private(set) var added: [String] = []
  private(set) var removed: [String]
  private(set) var changed: [String] = []

  init(from old: [Agent], to new: [Agent]) {
    var before: [String: Agent] = [:]
    for agent in old { before[agent.name] = agent }
    for agent in new {
      guard let known = before.removeValue(forKey: agent.name) else {
        added.append(agent.name)
        continue
      }
      if known != agent { changed.append(agent.name) }
    }
    removed = before.keys.sorted()
  }
}

private enum Loaded: Sendable {
  case good(Configuration, Fingerprint, warnings: [String])
  case bad([String])

  static func load(_ path: String) -> Loaded {
    do throws(ConfigurationError) {
      let (configuration, warnings) = try Configuration.load(path: path)
      return .good(
        configuration, Fingerprint(configuration), warnings: warnings.map(\.description))
    } catch {
      return .bad(error.problems.prefix(ConfigurationError.problemsShownMax).map(\.description))
    }
  }
}

/// What a worker found, handed from its thread to the loop.
private final class Outcome: Sendable {
  private let value = Mutex<Loaded?>(nil)

  func set(_ loaded: Loaded) { value.withLock { $0 = loaded } }

  func take() -> Loaded? { value.withLock { $0 } }
}
