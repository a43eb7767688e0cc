/// An entry's proof with the checkpoint that it leads to: C2SP tlog-proof, a `.tlog-proof` file.
package struct ProofFile: Equatable, Sendable {
  package let proof: InclusionProof
  package let checkpoint: SignedNote

  private static let firstLine = "c2sp.org/tlog-proof@v1"
  /// A proof in a tree of 2^62 leaves has no more hashes.
  private static let hashesMax = 62

  package init(_ proof: InclusionProof, _ checkpoint: SignedNote) {
    self.proof = proof
    self.checkpoint = checkpoint
  }

  /// Nil for anything that is no such file. A line `extra` is passed over: nothing signs it.
  package init?(_ text: String) {
    guard text.utf8.count <= SignedNote.sizeMaxBytes else { return nil }
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)[...]
    guard lines.popFirst() == Self.firstLine[...] else { return nil }
    if lines.first?.hasPrefix("extra ") == true { lines.removeFirst() }
    let indexWord = "index "
    guard let line = lines.popFirst(), line.hasPrefix(indexWord),
      let index = Int64(line.dropFirst(indexWord.count)), index >= 0,
      line == "\(indexWord)\(index)"
    else { return nil }
    var hashes: [Digest] = []
    while let line = lines.popFirst(), !line.isEmpty {
      guard hashes.count < Self.hashesMax,
        let hash = Base64.bytes(line).flatMap({ Digest($0) })
      else { return nil }
      hashes.append(hash)
    }
    guard let note = SignedNote(lines.joined(separator: "\n")) else { return nil }
    self.init(InclusionProof(index: index, hashes: hashes), note)
  }
}

extension ProofFile: CustomStringConvertible {
  /// The file.
  package var description: String {
    "\(Self.firstLine)\nindex \(proof.index)\n" + proof.hashes.map { "\($0)\n" }.joined() + "\n"
      + checkpoint.description
  }
}
