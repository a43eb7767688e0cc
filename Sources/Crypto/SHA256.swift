import CCrypto

/// The hash function SHA-256 (FIPS 180-4).
///
/// Wraps `EVP_Digest` of OpenSSL's libcrypto (`EVP_DigestInit(3)`).
package enum SHA256 {
  package static let sizeBytes = 32

  /// The address of the algorithm, looked up once for the life of the process: to look for it at
  /// every hash, as `EVP_sha256` does, costs more than to hash a short text.
  private static let algorithm: UInt = {
    // Safe: the names live through the call; what it returns is never freed, and may be used by
    // many threads at once (EVP_MD_fetch(3)).
    let algorithm = unsafe EVP_MD_fetch(nil, "SHA256", nil)
    return UInt(bitPattern: algorithm)
  }()

  /// The 32 bytes of the hash.
  package static func hash(_ bytes: [UInt8]) -> [UInt8] {
    let digest = unsafe [UInt8](unsafeUninitializedCapacity: sizeBytes) { digest, count in
      // Safe: the call reads `count` bytes and writes the 32 bytes that there are.
      let succeeded = unsafe bytes.withUnsafeBufferPointer { bytes in
        unsafe EVP_Digest(
          bytes.baseAddress, bytes.count, digest.baseAddress, nil,
          OpaquePointer(bitPattern: algorithm), nil)
      }
      count = succeeded == 1 ? sizeBytes : 0
    }
    // Only a library without its built-in algorithms, or without memory, comes here.
    precondition(digest.count == sizeBytes, "libcrypto cannot hash")
    return digest
  }
}
