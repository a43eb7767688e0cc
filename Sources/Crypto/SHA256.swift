import CCrypto
import Synchronization

/// The hash function SHA-256 (FIPS 180-4).
///
/// Wraps `EVP_DigestInit_ex2` and its like of OpenSSL's libcrypto (`EVP_DigestInit(3)`).
package enum SHA256 {
  package static let sizeBytes = 32

  /// One for the process: to look for the algorithm and make a context for every hash would cost
  /// more than to hash a short text.
  private static let context = Mutex(Context())

  /// The hash of `bytes` and, behind them, `more`.
  package static func hash(_ bytes: Span<UInt8>, _ more: Span<UInt8>) -> InlineArray<32, UInt8> {
    context.withLock { $0.hash(bytes, more) }
  }

  /// The 32 bytes of the hash of `bytes`.
  package static func hash(_ bytes: [UInt8]) -> [UInt8] {
    let hash = hash(bytes.span, Span())
    return hash.indices.map { hash[$0] }
  }

  @safe private struct Context: ~Copyable {
    private let pointer: OpaquePointer?

    init() {
      // Safe: the names live through the call. The algorithm is never given back, and the context
      // keeps it.
      let algorithm = unsafe EVP_MD_fetch(nil, "SHA256", nil)
      unsafe pointer = EVP_MD_CTX_new()
      let succeeded = unsafe EVP_DigestInit_ex2(pointer, algorithm, nil)
      precondition(succeeded == 1, "libcrypto has no SHA-256")
    }

    deinit { unsafe EVP_MD_CTX_free(pointer) }

    borrowing func hash(_ bytes: Span<UInt8>, _ more: Span<UInt8>) -> InlineArray<32, UInt8> {
      var hash = InlineArray<32, UInt8>(repeating: 0)
      var digest = hash.mutableSpan
      let succeeded = unsafe digest.withUnsafeMutableBufferPointer { digest in
        unsafe bytes.withUnsafeBufferPointer { bytes in
          unsafe more.withUnsafeBufferPointer { more in
            // Safe: the calls read as many bytes as there are, and write the 32 bytes that there
            // are. Without an algorithm the context begins anew with the one that it has.
            unsafe EVP_DigestInit_ex2(pointer, nil, nil) == 1
              && EVP_DigestUpdate(pointer, bytes.baseAddress, bytes.count) == 1
              && EVP_DigestUpdate(pointer, more.baseAddress, more.count) == 1
              && EVP_DigestFinal_ex(pointer, digest.baseAddress, nil) == 1
          }
        }
      }
      // Only a library without memory comes here.
      precondition(succeeded, "libcrypto cannot hash")
      return hash
    }
  }
}
