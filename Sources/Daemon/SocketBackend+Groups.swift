import API
import Bridge
import Commands

/// The groups, from the bridge: between turns what it knows of them is what is on disk.
extension SocketBackend {
  func groups() throws -> [GroupView] {
    if let outage = turns.outage { throw outage }
    return turns.bridge.groups.values.sorted { $0.name < $1.name }.map {
      GroupView($0, isFeed: isFeed($0.name))
    }
  }

  func group(_ name: String) throws -> GroupView? {
    if let outage = turns.outage { throw outage }
    return turns.bridge.groups[name].map { GroupView($0, isFeed: isFeed(name)) }
  }

  func change(_ change: GroupChange, reply: @escaping (GroupReply) -> Void) {
    let ask = nextAsk()
    waitingForGroups[ask] = reply
    turns.add(.grouped(ask, GroupAsk(change)))
  }

  /// Whether the group is that of a feed which the configuration has.
  func isFeed(_ name: String) -> Bool { false }
}

extension GroupAsk {
  fileprivate init(_ change: GroupChange) {
    switch change {
    case .place(let name, let sequence): self = .place(name: name, at: sequence)
    case .create(let name, let sequence): self = .create(name: name, at: sequence)
    case .acknowledge(let name, let sequence): self = .acknowledge(name: name, through: sequence)
    case .remove(let name): self = .remove(name: name)
    }
  }
}

extension GroupReply {
  init(_ answer: Bridge.Reply, isFeed: (String) -> Bool) {
    switch answer {
    case .group(let group, let isNew):
      self = .done(GroupView(group, isFeed: isFeed(group.name)), isNew: isNew)
    case .refused(let refusal) where refusal.reason == .storeUnavailable:
      self = .unavailable(detail: refusal.detail)
    case .refused(let refusal):
      self = .refused(
        status: refusal.reason.httpStatus, title: refusal.reason.title, detail: refusal.detail)
    case .issued, .known, .acknowledged:
      preconditionFailure("a group is not answered with a command")
    }
  }
}

extension GroupView {
  fileprivate init(_ group: Group, isFeed: Bool) {
    self.init(
      name: group.name, sequence: group.sequence, moved: Timestamp.text(group.movedAt),
      isFeed: isFeed)
  }
}
