import Evidence
import Testing

/// The tree against the published vectors, and against a tree that keeps nothing.
///
/// Mutations tried, each found: leaves begun with the byte of nodes; `middle` the largest power of
/// two up to, instead of below, the count; the test for the end of the path left out of
/// `root(leaf:size:_:)`; the old root not taken for the first hash of a perfect old tree; the
/// comparison with the new root left out.
@Suite struct TreeTests {
  @Test
  func `roots are the published ones`() {
    #expect(RightEdge().root(hasher) == Vectors.emptyRoot)
    var edge = RightEdge()
    for (leaf, root) in zip(Vectors.leaves, Vectors.roots) {
      edge.append(hasher.leaf(leaf), hasher) { _ in }
      #expect(edge.root(hasher) == root)
    }
  }

  @Test(arguments: Vectors.inclusion)
  func `inclusion proofs are the published ones`(_ vector: Vectors.Proof) {
    let tree = kept(Vectors.leaves)
    let index = vector.from - 1
    let proof = InclusionProof(index: index, size: vector.size, hasher, tree.read)
    #expect(proof.hashes == vector.hashes)
    let leaf = hasher.leaf(Vectors.leaves[Int(index)])
    let root = proof.root(leaf: leaf, size: vector.size, hasher)
    #expect(root == Vectors.roots[Int(vector.size) - 1])
  }

  @Test(arguments: Vectors.consistency)
  func `consistency proofs are the published ones`(_ vector: Vectors.Proof) {
    let tree = kept(Vectors.leaves)
    let proof = ConsistencyProof(from: vector.from, to: vector.size, hasher, tree.read)
    #expect(proof.hashes == vector.hashes)
    #expect(
      proof.isValid(
        from: vector.from, Vectors.roots[Int(vector.from) - 1], to: vector.size,
        Vectors.roots[Int(vector.size) - 1], hasher))
  }

  /// The corruptions that the published tests try: of the index, the size, the root, the leaf and
  /// the path, at both ends and within.
  @Test(arguments: Vectors.inclusion)
  func `corrupted inclusion proofs are refused`(_ vector: Vectors.Proof) {
    let index = vector.from - 1
    let size = vector.size
    let root = Vectors.roots[Int(size) - 1]
    let leaf = hasher.leaf(Vectors.leaves[Int(index)])
    func leads(_ index: Int64, _ size: Int64, _ leaf: Digest, _ hashes: [Digest]) -> Bool {
      InclusionProof(index: index, hashes: hashes).root(leaf: leaf, size: size, hasher) == root
    }
    #expect(leads(index, size, leaf, vector.hashes))
    for wrong in [index - 1, index + 1, index ^ 2] {
      #expect(!leads(wrong, size, leaf, vector.hashes), "index \(wrong)")
    }
    for wrong in [size * 2, size / 2] {
      #expect(!leads(index, wrong, leaf, vector.hashes), "size \(wrong)")
    }
    #expect(!leads(index, size, hasher.leaf([1, 2, 3]), vector.hashes))
    for wrong in corruptions(of: vector.hashes, root) {
      #expect(!leads(index, size, leaf, wrong))
    }
  }

  @Test(arguments: Vectors.consistency.dropFirst())
  func `corrupted consistency proofs are refused`(_ vector: Vectors.Proof) {
    let (from, to) = (vector.from, vector.size)
    let (old, new) = (Vectors.roots[Int(from) - 1], Vectors.roots[Int(to) - 1])
    func isValid(
      _ from: Int64, _ old: Digest, _ to: Int64, _ new: Digest, _ hashes: [Digest]
    ) -> Bool {
      ConsistencyProof(hashes: hashes).isValid(from: from, old, to: to, new, hasher)
    }
    #expect(isValid(from, old, to, new, vector.hashes))
    for wrong in [from - 1, from + 1, from ^ 2] {
      #expect(!isValid(wrong, old, to, new, vector.hashes), "from \(wrong)")
    }
    for wrong in [to * 2, to / 2] {
      #expect(!isValid(from, old, wrong, new, vector.hashes), "to \(wrong)")
    }
    #expect(!isValid(from, new, to, old, vector.hashes))
    #expect(!isValid(from, Vectors.emptyRoot, to, new, vector.hashes))
    #expect(!isValid(from, old, to, Vectors.emptyRoot, vector.hashes))
    for wrong in corruptions(of: vector.hashes, old) + corruptions(of: vector.hashes, new) + [[]] {
      #expect(!isValid(from, old, to, new, wrong))
    }
  }

  /// Every size up to 70 and every place and older size in it.
  @Test
  func `every small tree is what the letter of the RFC says`() {
    var naive = NaiveTree()
    var tree = KeptTree()
    var roots = [hasher.emptyRoot]
    for number in 0..<70 {
      naive.leaves.append(Array("entry \(number * number)".utf8))
      tree.append(naive.leaves[number])
      let size = naive.leaves.count
      roots.append(naive.root())
      #expect(tree.edge.root(hasher) == roots[size], "size \(size)")
      #expect(RightEdge(size: Int64(size), tree.read) == tree.edge, "size \(size)")
      for index in 0..<size {
        let proof = InclusionProof(index: Int64(index), size: Int64(size), hasher, tree.read)
        #expect(proof.hashes == naive.path(index, 0, size), "\(index) in \(size)")
        let leaf = hasher.leaf(naive.leaves[index])
        #expect(proof.root(leaf: leaf, size: Int64(size), hasher) == roots[size])
      }
      for from in 1...size {
        let proof = ConsistencyProof(from: Int64(from), to: Int64(size), hasher, tree.read)
        #expect(proof.hashes == naive.consistency(from, 0, size), "\(from) to \(size)")
        #expect(
          proof.isValid(from: Int64(from), roots[from], to: Int64(size), roots[size], hasher))
      }
    }
  }

  /// The nodes of a tree of five million are made up: their number is what counts.
  @Test
  func `a proof among five million entries has less than a kilobyte and reads few rows`() {
    let size: Int64 = 5_000_000
    var reads = 0
    for index in [0, 1, 4_194_303, 4_194_304, 4_999_999, 2_718_281] as [Int64] {
      reads = 0
      let proof = InclusionProof(index: index, size: size, hasher) { _ in
        reads += 1
        return Vectors.emptyRoot
      }
      #expect(proof.hashes.count * Digest.sizeBytes <= 736, "index \(index)")
      #expect(reads <= 2 * 23, "index \(index)")
    }
    let proof = ConsistencyProof(from: 3_141_592, to: size, hasher) { _ in Vectors.emptyRoot }
    #expect(proof.hashes.count * Digest.sizeBytes <= 1_024)
  }

  private func kept(_ leaves: [[UInt8]]) -> KeptTree {
    var tree = KeptTree()
    for leaf in leaves { tree.append(leaf) }
    return tree
  }

  private func corruptions(of hashes: [Digest], _ root: Digest) -> [[Digest]] {
    var wrong = [hashes + [root], [root] + hashes, hashes + [Vectors.emptyRoot]]
    for place in hashes.indices {
      var bytes = hashes[place].bytes
      bytes[0] ^= 8
      var changed = hashes
      changed[place] = Digest(bytes) ?? root
      wrong.append(changed)
    }
    if let first = hashes.first {
      wrong.append(Array(hashes.dropLast()))
      wrong.append([first, Vectors.emptyRoot] + hashes.dropFirst())
    }
    return wrong
  }
}
