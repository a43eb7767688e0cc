/// A perfect subtree: the node at `index`, counted from the left, of a level; leaves are level 0.
package struct Subtree: Hashable, Sendable {
  package let level: Int
  package let index: Int64

  package init(level: Int, index: Int64) {
    self.level = level
    self.index = index
  }

  /// The leaf that completes it, counted from 0: with it all of the subtree is known.
  package var lastLeaf: Int64 { ((index + 1) << Int64(level)) - 1 }
}

/// A run of leaves that is a node of some tree: it begins at a multiple of the next power of two.
struct LeafRange {
  let lower: Int64
  let upper: Int64

  var count: Int64 { upper - lower }

  /// The subtree it is, if it is perfect.
  var subtree: Subtree? {
    guard count & (count - 1) == 0 else { return nil }
    let level = count.trailingZeroBitCount
    return Subtree(level: level, index: lower >> Int64(level))
  }

  /// Where the two children of its node meet: the largest power of two below its count.
  var middle: Int64 { lower + 1 << Int64(63 - (count - 1).leadingZeroBitCount) }

  /// The hash of its node, from the subtrees that are read; one read for each set bit of `count`.
  func hash<Failure: Error>(
    _ hasher: TreeHasher, _ read: (Subtree) throws(Failure) -> Digest
  ) throws(Failure) -> Digest {
    if let subtree { return try read(subtree) }
    let left = try LeafRange(lower: lower, upper: middle).hash(hasher, read)
    let right = try LeafRange(lower: middle, upper: upper).hash(hasher, read)
    return hasher.node(left, right)
  }
}
