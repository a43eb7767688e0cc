import CCrypto

/// The hash function SHA-256 (FIPS 180-4).
///
/// Wraps `EVP_Digest` of OpenSSL's libcrypto (`EVP_DigestInit(3)`).
package enum SHA256 {
  package static let sizeBytes = 32

  /// The 32 bytes of the hash.
  package static func hash(_ bytes: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: sizeBytes)
    let succeeded = unsafe digest.withUnsafeMutableBufferPointer { digest in
      // Safe: the call reads `count` bytes and writes the 32 bytes that there are.
      unsafe bytes.withUnsafeBufferPointer { bytes in
        unsafe EVP_Digest(
          bytes.baseAddress, bytes.count, digest.baseAddress, nil, EVP_sha256(), nil)
      }
    }
    // Only a library without its built-in algorithms, or without memory, comes here.
    precondition(succeeded == 1, "libcrypto cannot hash")
    return digest
  }
}
