import API
import Bridge
import Commands
import HTTPServer

/// The groups, from the bridge: between turns what it knows of them is what is on disk.
extension SocketBackend {
  func groups() throws -> [GroupView] {
    if let outage = turns.outage { throw outage }
    return turns.bridge.groups.values.sorted { $0.name < $1.name }.map { view(of: $0) }
  }

  func group(_ name: String) throws -> GroupView? {
    if let outage = turns.outage { throw outage }
    return turns.bridge.groups[name].map { view(of: $0) }
  }

  func change(
    _ change: GroupChange, by peer: Peer?, reply: @escaping (GroupReply) -> Void
  ) {
    // An acknowledgement is no entry, and there are many.
    if case .acknowledge = change { return self.change(change, for: nil, reply) }
    origin(of: peer) { [weak self] origin in self?.change(change, for: origin, reply) }
  }

  /// - Parameter origin: nil for a feed.
  func change(
    _ change: GroupChange, for origin: Origin?, _ reply: @escaping (GroupReply) -> Void
  ) {
    let ask = nextAsk()
    waitingForGroups[ask] = reply
    turns.add(.grouped(ask, GroupAsk(change), by: origin))
  }

  func view(of group: Group) -> GroupView {
    GroupView(
      name: group.name, sequence: group.sequence, placement: group.placement,
      moved: Timestamp.text(group.movedAt),
      isFeed: feeds?.has(group.name) ?? false, problem: feeds?.problem(of: group.name))
  }
}

extension GroupAsk {
  fileprivate init(_ change: GroupChange) {
    switch change {
    case .place(let name, let sequence): self = .place(name: name, at: sequence)
    case .create(let name, let sequence): self = .create(name: name, at: sequence)
    case .acknowledge(let name, let sequence, let placement):
      self = .acknowledge(name: name, through: sequence, placement: placement)
    case .remove(let name): self = .remove(name: name)
    }
  }
}

extension GroupReply {
  init(_ answer: Bridge.Reply, view: (Group) -> GroupView) {
    switch answer {
    case .group(let group, let isNew):
      self = .done(view(group), isNew: isNew)
    case .refused(let refusal) where refusal.reason == .storeUnavailable:
      self = .unavailable(detail: refusal.detail)
    case .refused(let refusal):
      self = .refused(
        status: refusal.reason.httpStatus, title: refusal.reason.title, detail: refusal.detail)
    case .issued, .known, .acknowledged, .erasing:
      preconditionFailure("a group is not answered with a command")
    }
  }
}
