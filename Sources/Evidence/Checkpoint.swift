/// What a log says of itself at one size, to be signed: C2SP tlog-checkpoint.
package struct Checkpoint: Equatable, Sendable {
  /// Which log it is: the name of the key that signs it.
  package let origin: String
  /// How many entries the log has.
  package let size: Int64
  /// Of the tree over them.
  package let root: Digest

  package init(origin: String, size: Int64, root: Digest) {
    self.origin = origin
    self.size = size
    self.root = root
  }

  /// Reads the text of a note; further lines are passed over. Nil for anything else.
  package init?(text: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    guard lines.count >= 3, !lines.contains(""), let size = Int64(lines[1]), size >= 0,
      String(size) == lines[1], let root = Base64.bytes(lines[2]).flatMap({ Digest($0) })
    else { return nil }
    self.init(origin: String(lines[0]), size: size, root: root)
  }

  /// What is signed.
  package var text: String { "\(origin)\n\(size)\n\(root)\n" }
}
