package import HTTPServer

/// Who may do more than read. Whoever could connect may read: that is decided by the mode and the
/// group of the socket's file.
///
/// Decided from what the kernel says about the peer, by user and group, never by process.
package struct AccessPolicy: Equatable, Sendable {
  /// The daemon's own user; it and root may always do everything.
  package var daemonUID: UInt32
  package var commandUIDs: Set<UInt32>
  /// Primary or supplementary groups of the peer.
  package var commandGIDs: Set<UInt32>
  /// Who may read as a member of a group, acknowledge, and make, move and remove groups.
  package var groupUIDs: Set<UInt32>
  package var groupGIDs: Set<UInt32>

  package init(
    daemonUID: UInt32, commandUIDs: Set<UInt32> = [], commandGIDs: Set<UInt32> = [],
    groupUIDs: Set<UInt32> = [], groupGIDs: Set<UInt32> = []
  ) {
    self.daemonUID = daemonUID
    self.commandUIDs = commandUIDs
    self.commandGIDs = commandGIDs
    self.groupUIDs = groupUIDs
    self.groupGIDs = groupGIDs
  }

  /// Whether `peer` may issue commands; a peer that the kernel does not know may not.
  package func mayCommand(_ peer: Peer?) -> Bool {
    isOne(peer, of: commandUIDs, commandGIDs)
  }

  /// Whether `peer` may do with groups more than look at them.
  package func mayUseGroups(_ peer: Peer?) -> Bool { isOne(peer, of: groupUIDs, groupGIDs) }

  private func isOne(_ peer: Peer?, of uids: Set<UInt32>, _ gids: Set<UInt32>) -> Bool {
    guard let peer else { return false }
    return peer.uid == 0 || peer.uid == daemonUID || uids.contains(peer.uid)
      || gids.contains(peer.gid) || peer.groups.contains { gids.contains($0) }
  }
}
