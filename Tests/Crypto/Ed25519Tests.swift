import Crypto
import Testing

@Suite struct Ed25519Tests {
  /// RFC 8032 section 7.1, tests 1 and 2.
  @Test(arguments: [
    (
      "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        + "d25bf5f0595bbe24655141438e7a100b"
    ),
    (
      "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        + "387b2eaeb4302aeeb00d291612bb0c00"
    ),
  ])
  func `signatures are those of the RFC`(_ vector: (String, String, String, String)) {
    let (secret, key, message, signature) = (
      bytes(vector.0), bytes(vector.1), bytes(vector.2), bytes(vector.3)
    )
    #expect(Ed25519.publicKey(of: secret) == key)
    #expect(Ed25519.signature(of: message, by: secret) == signature)
    #expect(Ed25519.isValid(signature, of: message, by: key))
    #expect(!Ed25519.isValid(signature, of: message + [0], by: key))
    #expect(!Ed25519.isValid(signature.reversed(), of: message, by: key))
    #expect(!Ed25519.isValid(signature, of: message, by: secret))
    #expect(!Ed25519.isValid(Array(signature.dropLast()), of: message, by: key))
  }

  @Test
  func `a new key signs and is never the same`() throws {
    let first = try #require(Ed25519.newPrivateKey())
    let second = try #require(Ed25519.newPrivateKey())
    #expect(first != second)
    let key = try #require(Ed25519.publicKey(of: first))
    let signature = try #require(Ed25519.signature(of: [1, 2, 3], by: first))
    #expect(Ed25519.isValid(signature, of: [1, 2, 3], by: key))
  }

  @Test
  func `keys of another size are refused`() {
    #expect(Ed25519.publicKey(of: []) == nil)
    #expect(Ed25519.signature(of: [1], by: [UInt8](repeating: 1, count: 31)) == nil)
    #expect(!Ed25519.isValid([], of: [], by: []))
  }

  private func bytes(_ hex: String) -> [UInt8] {
    let digits = hex.utf8.map { UInt8(String(UnicodeScalar($0)), radix: 16) ?? 0 }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }
}
