import Crypto
import Evidence
import Testing

/// The texts against the vectors of the Go implementation (golang.org/x/mod/sumdb/note), which the
/// C2SP specifications describe.
///
/// Mutations tried, each found: the id of a verifier key not compared; the first empty line the one
/// that separates; `allSatisfy` for signatures of a key made `contains`; base64 with other trailing
/// bits taken.
@Suite struct NoteTests {
  private let publicText = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
  private let privateText =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
  private let text =
    "If you think cryptography is the answer to your problem,\n"
    + "then you don't know what your problem is.\n"
  private let line =
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE"
    + "6RyyBwJnAM="

  @Test
  func `a published note is verified`() throws {
    let key = try #require(VerifierKey(publicText, hasher))
    #expect(key.description == publicText)
    let note = try #require(SignedNote("\(text)\n\(line)\n"))
    #expect(note.text == text)
    #expect(note.description == "\(text)\n\(line)\n")
    #expect(note.finding(of: key, verify) == .valid)
  }

  @Test
  func `a published key signs as published`() throws {
    let key = try #require(SignerKey(privateText))
    let publicKey = try #require(Ed25519.publicKey(of: key.seed))
    let verifier = try #require(VerifierKey(name: key.name, publicKey: publicKey, hasher))
    #expect(verifier.description == publicText)
    #expect(key.idText == verifier.idText)
    let signature = try #require(Ed25519.signature(of: Array(text.utf8), by: key.seed))
    let signed = NoteSignature(name: key.name, keyID: verifier.id, signature: signature)
    #expect(signed.description == line)
    #expect(SignerKey(verifier, seed: key.seed).reveal() == privateText)
  }

  @Test
  func `a private key is not printed`() throws {
    let key = try #require(SignerKey(privateText))
    #expect("\(key)" == "(private key PeterNeumann+c74f20a3)")
    var dumped = ""
    dump(key, to: &dumped)
    #expect(!dumped.contains("129"))
  }

  @Test(arguments: [
    "", "PeterNeumann", "PeterNeumann+c74f20a3",
    "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "PeterNeumanN+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "PeterNeumann+c74f20a3+Ahpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T",
    "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
  ])
  func `a mangled key is refused`(_ text: String) { #expect(VerifierKey(text, hasher) == nil) }

  @Test
  func `another text, signature or key is not taken for it`() throws {
    let key = try #require(VerifierKey(publicText, hasher))
    let other = try #require(SignedNote("\(text)more\n\n\(line)\n"))
    #expect(other.finding(of: key, verify) == .invalid)
    // A second signature of the same key, which is not of this text.
    let twice = try #require(SignedNote("\(text)\n\(line)\n\(line)\n"))
    #expect(twice.finding(of: key, verify) == .valid)
    let wrong = NoteSignature(
      name: key.name, keyID: key.id, signature: [UInt8](repeating: 7, count: 64))
    let mixed = try #require(SignedNote("\(text)\n\(line)\n\(wrong)\n"))
    #expect(mixed.finding(of: key, verify) == .invalid)
    let renamed = try #require(
      VerifierKey(name: "somebody", publicKey: key.publicKey, hasher))
    #expect(other.finding(of: renamed, verify) == .absent)
  }

  @Test
  func `texts that are no notes are refused`() {
    let bad = [
      "", "\n", "\n\n", text, "\(text)\(line)\n", "\(text)\n\(line)", "\(text)\n", "\n\(line)\n",
      "\(text)\n\(line)\nmore\n", "\(text)\n\(line) \n", "\(text)\n— \(line)\n",
      "\(text)\n— PeterNeumann x08g\n", "\(text)\n— Peter+Neumann x08goAAA\n",
      "\(text)\tx\n\n\(line)\n", "\(text)\r\n\n\(line)\n", "\(text)\n— PeterNeumann x08go/ZJ=\n",
    ]
    for note in bad { #expect(SignedNote(note) == nil, "\(note)") }
    let text = "one\n\ntwo\n"
    #expect(SignedNote("\(text)\n\(line)\n")?.text == text)
  }

  @Test
  func `a checkpoint is read and written`() throws {
    let text =
      "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    let checkpoint = try #require(Checkpoint(text: text))
    #expect(checkpoint.origin == "example.com/behind-the-sofa")
    #expect(checkpoint.size == 20_852_163)
    #expect(checkpoint.text == text)
    #expect(Checkpoint(text: text + "an extension\n") == checkpoint)
    let bad = [
      "", "a\n1\n", "a\n01\n\(checkpoint.root)\n", "a\n-1\n\(checkpoint.root)\n",
      "a\n+1\n\(checkpoint.root)\n",
      "a\n1\nAAAA\n", "\n1\n\(checkpoint.root)\n", "a\n1\n\(checkpoint.root)\n\n",
      "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n",
    ]
    for text in bad { #expect(Checkpoint(text: text) == nil, "\(text)") }
  }

  @Test
  func `a proof file is read and written`() throws {
    let note = try #require(SignedNote("\(text)\n\(line)\n"))
    for hashes in [[], Vectors.roots] {
      let file = ProofFile(InclusionProof(index: 73_894, hashes: hashes), note)
      #expect(ProofFile(file.description) == file)
    }
    let good = ProofFile(InclusionProof(index: 7, hashes: Vectors.roots), note).description
    #expect(ProofFile(good.replacing("index 7", with: "extra AAAA\nindex 7")) != nil)
    let bad = [
      good.replacing("v1", with: "v2"), good.replacing("index 7", with: "index 07"),
      good.replacing("index 7", with: "index -7"), good.replacing("index 7\n", with: ""),
      good.replacing("\n\n", with: "\n"), "x" + good, good + "\n",
    ]
    for text in bad { #expect(ProofFile(text) == nil, "\(text)") }
  }

  @Test
  func `base64 has one text for the same bytes`() {
    for count in 0..<40 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 73 + 5) }
      #expect(Base64.bytes(Base64.text(bytes)) == bytes)
    }
    // The vectors of RFC 4648 section 10.
    let vectors = [
      ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
      ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
    ]
    for (text, encoded) in vectors { #expect(Base64.text(Array(text.utf8)) == encoded) }
    for text in ["Zg", "Zg=", "Zh==", "Z===", "====", "Zm9=", "Zm 9", "Zm9v\n", "Zm9vYg==Zm9v"] {
      #expect(Base64.bytes(text) == nil, "\(text)")
    }
  }

  /// What openssl reads; that it verifies with it is tested on exports.
  @Test
  func `a key is also written for OpenSSL`() throws {
    let key = try #require(VerifierKey(publicText, hasher))
    #expect(
      key.pem == """
        -----BEGIN PUBLIC KEY-----
        MCowBQYDK2VwAyEAGlzZBxQ8OExB6DDFvOEqqIF+xWSaqr8sMTiLNbLXRNY=
        -----END PUBLIC KEY-----

        """)
  }

  private func verify(_ message: [UInt8], _ signature: [UInt8], _ key: [UInt8]) -> Bool {
    Ed25519.isValid(signature, of: message, by: key)
  }
}
