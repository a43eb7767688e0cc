/// How the tree hashes: RFC 6962 section 2.1, with SHA-256.
///
/// Leaves and inner nodes begin with different bytes, so that no leaf can pass for a node. The hash
/// function itself comes from outside: this module has no library.
package struct TreeHasher: Sendable {
  private let sha256: @Sendable (_ first: [UInt8], _ second: [UInt8]) -> [UInt8]

  private static let leafPrefix: [UInt8] = [0]
  private static let nodePrefix: [UInt8] = [1]

  /// - Parameter sha256: SHA-256 (FIPS 180-4) of bytes and what comes behind them, so that nobody
  ///   has to put both together; 32 bytes for any bytes.
  package init(sha256: @escaping @Sendable ([UInt8], [UInt8]) -> [UInt8]) { self.sha256 = sha256 }

  /// Of a tree without leaves.
  package var emptyRoot: Digest { hash([]) }

  /// Of an entry's exact bytes.
  package func leaf(_ entry: [UInt8]) -> Digest { digest(Self.leafPrefix, entry) }

  /// Of the node above two others.
  package func node(_ left: Digest, _ right: Digest) -> Digest {
    digest(Self.nodePrefix + left.bytes, right.bytes)
  }

  /// Of bytes that are no part of the tree.
  package func hash(_ bytes: [UInt8]) -> Digest { digest(bytes, []) }

  private func digest(_ first: [UInt8], _ second: [UInt8]) -> Digest {
    guard let digest = Digest(sha256(first, second)) else {
      preconditionFailure("the hash function handed in is not SHA-256")
    }
    return digest
  }
}
