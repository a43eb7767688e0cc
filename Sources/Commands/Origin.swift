/// Who asked for a command, as the kernel vouches for it.
package struct Origin: Equatable, Sendable {
  /// The user, by SO_PEERCRED.
  package var uid: UInt32?
  /// The group, the same way.
  package var gid: UInt32?
  /// A name for people.
  package var name: String?

  /// Takes what is known of the asker.
  package init(uid: UInt32? = nil, gid: UInt32? = nil, name: String? = nil) {
    self.uid = uid
    self.gid = gid
    self.name = name
  }
}
