/// How the tree hashes: RFC 6962 section 2.1, with SHA-256.
///
/// Leaves and inner nodes begin with different bytes, so that no leaf can pass for a node. The hash
/// function itself comes from outside: this module has no library.
package struct TreeHasher: Sendable {
  /// SHA-256 (FIPS 180-4) of bytes and what comes behind them, so that nobody has to put both
  /// together.
  package typealias Function =
    @Sendable (_ first: Span<UInt8>, _ second: Span<UInt8>) -> InlineArray<32, UInt8>

  private let sha256: Function

  private static let leafPrefix: UInt8 = 0
  private static let nodePrefix: UInt8 = 1

  package init(sha256: @escaping Function) { self.sha256 = sha256 }

  /// Of a tree without leaves.
  package var emptyRoot: Digest { hash([]) }

  /// Of an entry's exact bytes.
  package func leaf(_ entry: [UInt8]) -> Digest {
    let prefix = InlineArray<1, UInt8>(repeating: Self.leafPrefix)
    return Digest(sha256(prefix.span, entry.span))
  }

  /// Of the node above two others.
  package func node(_ left: Digest, _ right: Digest) -> Digest {
    var first = InlineArray<33, UInt8>(repeating: Self.nodePrefix)
    for index in left.storage.indices { first[index + 1] = left.storage[index] }
    return Digest(sha256(first.span, right.storage.span))
  }

  /// Of bytes that are no part of the tree.
  package func hash(_ bytes: [UInt8]) -> Digest {
    Digest(sha256(bytes.span, Span()))
  }
}
