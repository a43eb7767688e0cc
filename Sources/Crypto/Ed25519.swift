import CCrypto

/// Signatures with Ed25519 (RFC 8032), keys as the 32 bytes that it encodes them in.
///
/// Wraps `EVP_PKEY` of OpenSSL's libcrypto (`EVP_SIGNATURE-ED25519(7)`).
package enum Ed25519 {
  package static let keySizeBytes = 32
  package static let signatureSizeBytes = 64

  /// A new private key from the system's randomness; nil if there is none to be had.
  package static func newPrivateKey() -> [UInt8]? {
    // Safe: each call gets the object that the one before returned, and all are freed below.
    guard let context = unsafe EVP_PKEY_CTX_new_id(EVP_PKEY_ED25519, nil) else { return nil }
    defer { unsafe EVP_PKEY_CTX_free(context) }
    var made: OpaquePointer?
    guard unsafe EVP_PKEY_keygen_init(context) == 1, unsafe EVP_PKEY_keygen(context, &made) == 1
    else { return nil }
    defer { unsafe EVP_PKEY_free(made) }
    var key = [UInt8](repeating: 0, count: keySizeBytes)
    var count = keySizeBytes
    // Safe: at most `count` bytes are written, which the array has.
    guard unsafe EVP_PKEY_get_raw_private_key(made, &key, &count) == 1, count == keySizeBytes else {
      return nil
    }
    return key
  }

  /// The public key of a private one; nil for anything but 32 bytes.
  package static func publicKey(of privateKey: [UInt8]) -> [UInt8]? {
    guard let key = unsafe load(privateKey) else { return nil }
    defer { unsafe EVP_PKEY_free(key) }
    var publicKey = [UInt8](repeating: 0, count: keySizeBytes)
    var count = keySizeBytes
    // Safe: at most `count` bytes are written, which the array has.
    guard unsafe EVP_PKEY_get_raw_public_key(key, &publicKey, &count) == 1, count == keySizeBytes
    else { return nil }
    return publicKey
  }

  /// The 64 bytes of the signature; nil for a private key that is not 32 bytes.
  package static func signature(of message: [UInt8], by privateKey: [UInt8]) -> [UInt8]? {
    guard let key = unsafe load(privateKey) else { return nil }
    defer { unsafe EVP_PKEY_free(key) }
    // Safe: the context is used with the key while both live, and freed here.
    guard let context = unsafe EVP_MD_CTX_new() else { return nil }
    defer { unsafe EVP_MD_CTX_free(context) }
    guard unsafe EVP_DigestSignInit(context, nil, nil, nil, key) == 1 else { return nil }
    var signature = [UInt8](repeating: 0, count: signatureSizeBytes)
    var count = signatureSizeBytes
    // Safe: it reads the message's bytes and writes at most `count`, which the array has.
    guard unsafe EVP_DigestSign(context, &signature, &count, message, message.count) == 1,
      count == signatureSizeBytes
    else { return nil }
    return signature
  }

  /// Whether `signature` is that of `message` by the owner of `publicKey`.
  package static func isValid(
    _ signature: [UInt8], of message: [UInt8], by publicKey: [UInt8]
  ) -> Bool {
    guard publicKey.count == keySizeBytes, signature.count == signatureSizeBytes else {
      return false
    }
    // Safe: the bytes live through the call and are copied; the key is freed here.
    guard
      let key = unsafe EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, publicKey, keySizeBytes)
    else { return false }
    defer { unsafe EVP_PKEY_free(key) }
    guard let context = unsafe EVP_MD_CTX_new() else { return false }
    defer { unsafe EVP_MD_CTX_free(context) }
    guard unsafe EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1 else { return false }
    // Safe: it reads as many bytes of each as it is told that there are.
    return unsafe EVP_DigestVerify(
      context, signature, signature.count, message, message.count) == 1
  }

  /// The caller frees it.
  @unsafe private static func load(_ privateKey: [UInt8]) -> OpaquePointer? {
    guard privateKey.count == keySizeBytes else { return nil }
    // Safe: the bytes live through the call and are copied.
    return unsafe EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, privateKey, keySizeBytes)
  }
}
