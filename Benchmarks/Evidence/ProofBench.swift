import Daemon
import Evidence

/// How large a proof is in a tree of five million entries, whose leaves are made up.
struct ProofBench {
  private let size: Int64 = 5_000_000
  /// Subtrees from this level on are kept, smaller ones made again: 40,000 hashes instead of ten
  /// million.
  private let keptLevel = 8
  private let hasher = EntryHashing.hasher

  private func leaf(_ index: Int64) -> Digest { hasher.leaf(Array("entry \(index)".utf8)) }

  func run() throws {
    var kept: [[Digest]] = []
    var edge = RightEdge()
    let start = ContinuousClock.now
    for index in 0..<size {
      var level = 0
      edge.append(leaf(index), hasher) { node in
        if level >= keptLevel {
          if kept.count <= level - keptLevel { kept.append([]) }
          kept[level - keptLevel].append(node)
        }
        level += 1
      }
    }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    print("a tree of \(size) leaves in \(Int(seconds * 10)) tenths of a second")
    let key = try AuditKey(name: "audit.example/hq")
    let root = edge.root(hasher)
    let note = key.sign(Checkpoint(origin: key.verifier.name, size: size, root: root).text)
    var hashesMax = 0
    var fileMax = 0
    // Both ends, the last perfect subtree, and what lies between.
    for index in [0, 1, 2_718_281, 4_194_303, 4_194_304, size - 1] {
      let proof = InclusionProof(index: index, size: size, hasher) { subtree in
        node(subtree, kept)
      }
      guard proof.root(leaf: leaf(index), size: size, hasher) == root else {
        preconditionFailure("a proof does not lead to the root")
      }
      hashesMax = max(hashesMax, proof.hashes.count)
      fileMax = max(fileMax, ProofFile(proof, note).description.utf8.count)
    }
    print(
      "a proof has at most \(hashesMax) hashes, \(hashesMax * Digest.sizeBytes) bytes; as a"
        + " .tlog-proof file, in base64 and with its checkpoint, \(fileMax) bytes")
  }

  private func node(_ subtree: Subtree, _ kept: [[Digest]]) -> Digest {
    if subtree.level >= keptLevel { return kept[subtree.level - keptLevel][Int(subtree.index)] }
    var edge = RightEdge()
    let first = subtree.index << Int64(subtree.level)
    for index in first..<(first + 1 << Int64(subtree.level)) {
      edge.append(leaf(index), hasher) { _ in }
    }
    return edge.root(hasher)
  }
}
