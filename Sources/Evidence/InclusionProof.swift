/// Shows that an entry is at its place in a tree of which the root is known, without the others:
/// RFC 6962 section 2.1.1. At five million entries it has 23 hashes, 736 bytes.
package struct InclusionProof: Equatable, Sendable {
  /// The entry's place, counted from 0.
  package let index: Int64
  /// From the leaf's sibling up to the root's child.
  package let hashes: [Digest]

  /// A proof as somebody else made it.
  package init(index: Int64, hashes: [Digest]) {
    self.index = index
    self.hashes = hashes
  }

  /// Makes the proof for a tree of `size` leaves; `index` must be one of them.
  package init<Failure: Error>(
    index: Int64, size: Int64, _ hasher: TreeHasher, _ read: (Subtree) throws(Failure) -> Digest
  ) throws(Failure) {
    precondition(index >= 0 && index < size, "there is no such leaf")
    var hashes: [Digest] = []
    var range = LeafRange(lower: 0, upper: size)
    while range.count > 1 {
      let left = LeafRange(lower: range.lower, upper: range.middle)
      let right = LeafRange(lower: range.middle, upper: range.upper)
      let isLeft = index < range.middle
      hashes.append(try (isLeft ? right : left).hash(hasher, read))
      range = isLeft ? left : right
    }
    self.index = index
    self.hashes = hashes.reversed()
  }

  /// The root that follows from the leaf, as RFC 9162 section 2.1.3.2 computes it; nil if no tree
  /// of that size has a proof of this form.
  package func root(leaf: Digest, size: Int64, _ hasher: TreeHasher) -> Digest? {
    guard index >= 0, index < size else { return nil }
    var place = index
    var last = size - 1
    var root = leaf
    for hash in hashes {
      if last == 0 { return nil }
      if place & 1 == 1 || place == last {
        root = hasher.node(hash, root)
        while place & 1 == 0, place != 0 {
          place >>= 1
          last >>= 1
        }
      } else {
        root = hasher.node(root, hash)
      }
      place >>= 1
      last >>= 1
    }
    return last == 0 ? root : nil
  }
}
