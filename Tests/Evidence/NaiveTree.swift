import Evidence

/// A tree by the letter of RFC 6962 section 2.1: everything anew from the leaves, nothing kept.
struct NaiveTree {
  var leaves: [[UInt8]] = []

  func root(_ lower: Int = 0, _ upper: Int? = nil) -> Digest {
    let upper = upper ?? leaves.count
    if lower == upper { return hasher.emptyRoot }
    if upper - lower == 1 { return hasher.leaf(leaves[lower]) }
    let middle = lower + Self.split(upper - lower)
    return hasher.node(root(lower, middle), root(middle, upper))
  }

  func path(_ index: Int, _ lower: Int, _ upper: Int) -> [Digest] {
    if upper - lower == 1 { return [] }
    let middle = lower + Self.split(upper - lower)
    return index < middle
      ? path(index, lower, middle) + [root(middle, upper)]
      : path(index, middle, upper) + [root(lower, middle)]
  }

  func consistency(_ from: Int, _ lower: Int, _ upper: Int, isOld: Bool = true) -> [Digest] {
    if from == upper - lower { return isOld ? [] : [root(lower, upper)] }
    let split = Self.split(upper - lower)
    return from <= split
      ? consistency(from, lower, lower + split, isOld: isOld) + [root(lower + split, upper)]
      : consistency(from - split, lower + split, upper, isOld: false)
        + [root(lower, lower + split)]
  }

  private static func split(_ count: Int) -> Int {
    var split = 1
    while split * 2 < count { split *= 2 }
    return split
  }
}

/// What a store keeps: the hashes that each leaf completes.
struct KeptTree {
  private(set) var edge = RightEdge()
  private(set) var rows: [[Digest]] = []
  /// How many rows were read.
  final class Count { var reads = 0 }
  let count = Count()

  mutating func append(_ entry: [UInt8]) {
    var nodes: [Digest] = []
    edge.append(hasher.leaf(entry), hasher) { nodes.append($0) }
    rows.append(nodes)
  }

  func read(_ subtree: Subtree) -> Digest {
    count.reads += 1
    return rows[Int(subtree.lastLeaf)][subtree.level]
  }
}
