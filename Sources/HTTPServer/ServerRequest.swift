/// One complete request: its head has been checked and its body has been read to the end.
package struct ServerRequest: Sendable {
  /// The method as sent; HTTP methods are case-sensitive (RFC 9110, 9.1).
  package let method: String
  package let target: RequestTarget
  /// In the order received, repeated names included.
  package let headers: [ServerHeader]
  package let body: [UInt8]
  /// Who connected; nil on TCP, where the kernel does not know.
  package let peer: Peer?

  package init(
    method: String, target: RequestTarget, headers: [ServerHeader] = [], body: [UInt8] = [],
    peer: Peer? = nil
  ) {
    self.method = method
    self.target = target
    self.headers = headers
    self.body = body
    self.peer = peer
  }

  /// The decoded path, see ``RequestTarget``.
  package var path: String { target.path }
  /// The decoded query items, in order.
  package var query: [QueryItem] { target.query }

  /// The value of the first header of this name, whatever its case.
  package func header(_ name: String) -> String? {
    headers.first { $0.isNamed(name) }?.value
  }
}

/// One header line of a request or a response.
package struct ServerHeader: Equatable, Sendable {
  package let name: String
  package let value: String

  package init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }

  /// Header names are ASCII and compare without case (RFC 9110, 5.1).
  package func isNamed(_ other: String) -> Bool {
    name.utf8.count == other.utf8.count
      && zip(name.utf8, other.utf8).allSatisfy { lowercased($0) == lowercased($1) }
  }

  private func lowercased(_ byte: UInt8) -> UInt8 {
    (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
  }
}

/// Who called connect on a Unix socket, as the kernel saw it at that moment (SO_PEERCRED, unix(7)).
///
/// Authorise by `uid` and `gid`; a process id may belong to somebody else by now.
package struct Peer: Equatable, Sendable {
  package let uid: UInt32
  package let gid: UInt32
  package let pid: Int32
  /// The supplementary groups (SO_PEERGROUPS), in the kernel's order.
  package let groups: [UInt32]

  package init(uid: UInt32, gid: UInt32, pid: Int32, groups: [UInt32] = []) {
    self.uid = uid
    self.gid = gid
    self.pid = pid
    self.groups = groups
  }
}
