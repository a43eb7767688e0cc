/// Shows that a tree has only grown since it had an older root: RFC 6962 section 2.1.2.
package struct ConsistencyProof: Equatable, Sendable {
  package let hashes: [Digest]

  /// A proof as somebody else made it.
  package init(hashes: [Digest]) { self.hashes = hashes }

  /// Makes the proof between two sizes of one tree, `0 <= from <= to`.
  package init<Failure: Error>(
    from: Int64, to: Int64, _ hasher: TreeHasher, _ read: (Subtree) throws(Failure) -> Digest
  ) throws(Failure) {
    precondition(from >= 0 && from <= to, "a tree never shrinks")
    var hashes: [Digest] = []
    var range = LeafRange(lower: 0, upper: to)
    // Whether the older root is itself the node at the bottom: then its reader has it already.
    var isOldRoot = true
    while from != range.upper, from > 0 {
      let left = LeafRange(lower: range.lower, upper: range.middle)
      let right = LeafRange(lower: range.middle, upper: range.upper)
      if from <= range.middle {
        hashes.append(try right.hash(hasher, read))
        range = left
      } else {
        hashes.append(try left.hash(hasher, read))
        range = right
        isOldRoot = false
      }
    }
    if !isOldRoot { hashes.append(try range.hash(hasher, read)) }
    self.hashes = hashes.reversed()
  }

  /// Whether it leads from one root to the other, as RFC 9162 section 2.1.4.2 decides it.
  package func isValid(
    from: Int64, _ oldRoot: Digest, to: Int64, _ newRoot: Digest, _ hasher: TreeHasher
  ) -> Bool {
    guard from >= 0, from <= to else { return false }
    if from == to { return hashes.isEmpty && oldRoot == newRoot }
    // Every tree grew from nothing.
    if from == 0 { return hashes.isEmpty }
    var path = hashes[...]
    // A perfect old tree is a node of the new one, and is left out of the proof.
    if from & (from - 1) == 0 { path = [oldRoot] + path }
    guard let first = path.popFirst() else { return false }
    var place = from - 1
    var last = to - 1
    while place & 1 == 1 {
      place >>= 1
      last >>= 1
    }
    var old = first
    var new = first
    for hash in path {
      if last == 0 { return false }
      if place & 1 == 1 || place == last {
        old = hasher.node(hash, old)
        new = hasher.node(hash, new)
        while place & 1 == 0, place != 0 {
          place >>= 1
          last >>= 1
        }
      } else {
        new = hasher.node(new, hash)
      }
      place >>= 1
      last >>= 1
    }
    return last == 0 && old == oldRoot && new == newRoot
  }
}
