/// The right edge of a tree that grows: as much of it as the next leaf, and the root, depend on.
///
/// It holds one hash for each set bit of the size, so 23 of them at five million leaves.
package struct RightEdge: Equatable, Sendable {
  /// How many leaves the tree has.
  package private(set) var size: Int64 = 0
  /// The perfect subtrees side by side, the largest and leftmost first.
  private var nodes: [Digest] = []

  /// The edge of a tree without leaves.
  package init() {}

  /// The edge of a tree of this size, from its subtrees as they are stored somewhere.
  package init<Failure: Error>(
    size: Int64, _ read: (Subtree) throws(Failure) -> Digest
  ) throws(Failure) {
    var position: Int64 = 0
    for level in stride(from: 62, through: 0, by: -1) where size & (1 << Int64(level)) != 0 {
      nodes.append(try read(Subtree(level: level, index: position >> Int64(level))))
      position += 1 << Int64(level)
    }
    self.size = size
  }

  /// Adds a leaf, and hands out its hash and those of the subtrees that it completes, one for each
  /// level from 0 on.
  ///
  /// Kept with each leaf they are all the nodes of proofs: see ``Subtree/lastLeaf``.
  package mutating func append(
    _ leaf: Digest, _ hasher: TreeHasher, _ completed: (Digest) -> Void
  ) {
    completed(leaf)
    var node = leaf
    var rest = size
    while rest & 1 == 1, let left = nodes.popLast() {
      node = hasher.node(left, node)
      completed(node)
      rest >>= 1
    }
    nodes.append(node)
    size += 1
  }

  /// The Merkle tree hash of RFC 6962 section 2.1.
  package func root(_ hasher: TreeHasher) -> Digest {
    guard var root = nodes.last else { return hasher.emptyRoot }
    for node in nodes.dropLast().reversed() { root = hasher.node(node, root) }
    return root
  }
}
