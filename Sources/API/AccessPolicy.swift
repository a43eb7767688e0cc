package import HTTPServer

/// Who may do more than read. Whoever could connect may read: that is decided by the mode and the
/// group of the socket's file.
///
/// Decided from what the kernel says about the peer, by user and group, never by process.
package struct AccessPolicy: Equatable, Sendable {
  /// The daemon's own user; it and root may always command.
  package var daemonUID: UInt32
  package var commandUIDs: Set<UInt32>
  /// Primary or supplementary groups of the peer.
  package var commandGIDs: Set<UInt32>

  package init(
    daemonUID: UInt32, commandUIDs: Set<UInt32> = [], commandGIDs: Set<UInt32> = []
  ) {
    self.daemonUID = daemonUID
    self.commandUIDs = commandUIDs
    self.commandGIDs = commandGIDs
  }

  /// Whether `peer` may issue commands; a peer that the kernel does not know may not.
  package func mayCommand(_ peer: Peer?) -> Bool {
    guard let peer else { return false }
    return peer.uid == 0 || peer.uid == daemonUID || commandUIDs.contains(peer.uid)
      || commandGIDs.contains(peer.gid) || peer.groups.contains { commandGIDs.contains($0) }
  }
}
