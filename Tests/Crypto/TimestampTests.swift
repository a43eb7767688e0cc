import Crypto
import TestSupport
import Testing

/// Questions to a real authority, `openssl ts`, and what becomes of its answers.
@Suite struct TimestampTests {
  private let imprint = SHA256.hash(Array("a checkpoint\n".utf8))

  /// Why an answer does not count; nil if it does.
  private func refusal(
    _ query: TimestampQuery, _ answer: [UInt8], _ authority: String
  ) -> String? {
    do throws(TimestampFailure) {
      _ = try query.token(in: answer, authority: authority)
      return nil
    } catch {
      return error.description
    }
  }

  @Test func `a granted timestamp says what, when, by which rules, and is verified later too`()
    throws
  {
    try withFolder { folder in
      let tsa = try StampingAuthority(in: folder)
      let query = try TimestampQuery(imprint: imprint)
      let token = try query.token(in: tsa.answer(to: query.bytes), authority: tsa.authority)
      #expect(token.imprint == imprint)
      #expect(token.policy == StampingAuthority.policy)
      #expect(!token.serial.isEmpty)
      #expect(token.time > .seconds(1_700_000_000))
      let read = try TimestampToken(token.bytes)
      #expect(read == token)
      try read.verify(authority: tsa.authority)
      // What the authority's own tool says of it.
      try writeBytes(token.bytes, to: "\(folder)/token")
      try writeText("a checkpoint\n", to: "\(folder)/data")
      let checked = try ChildProcess(
        "/usr/bin/openssl",
        ["ts", "-verify", "-data", "\(folder)/data", "-in", "\(folder)/token", "-token_in"]
          + ["-CAfile", tsa.authority],
        output: .file("\(folder)/said"), errors: .file("\(folder)/said"))
      #expect(checked.wait() == 0, "\(readText("\(folder)/said") ?? "")")
      let byRule = try TimestampQuery(
        imprint: imprint, policy: StampingAuthority.otherPolicy)
      let ruled = try byRule.token(in: tsa.answer(to: byRule.bytes), authority: tsa.authority)
      #expect(ruled.policy == StampingAuthority.otherPolicy)
    }
  }

  @Test func `an answer to another question does not count`() throws {
    try withFolder { folder in
      let tsa = try StampingAuthority(in: folder)
      let query = try TimestampQuery(imprint: imprint)
      let again = try tsa.answer(to: TimestampQuery(imprint: imprint).bytes)
      #expect(refusal(query, again, tsa.authority)?.contains("nonce mismatch") == true)
      let other = try tsa.answer(to: TimestampQuery(imprint: SHA256.hash([1])).bytes)
      #expect(
        refusal(query, other, tsa.authority)?.contains("message imprint mismatch") == true)
      let ruled = try TimestampQuery(imprint: imprint, policy: StampingAuthority.otherPolicy)
      let refused = try tsa.answer(
        to: TimestampQuery(imprint: imprint, policy: "1.3.6.1.4.1.32473.9").bytes)
      #expect(refusal(ruled, refused, tsa.authority)?.contains("does not count") == true)
      #expect(refusal(ruled, again, tsa.authority)?.contains("policy mismatch") == true)
    }
  }

  @Test func `an answer of a foreign or expired certificate does not count`() throws {
    try withFolder { folder in
      let tsa = try StampingAuthority(in: folder)
      let query = try TimestampQuery(imprint: imprint)
      let answer = try tsa.answer(to: query.bytes)
      try withFolder { elsewhere in
        let foreign = try StampingAuthority(in: elsewhere)
        let why = try #require(refusal(query, answer, foreign.authority))
        #expect(why.contains("certificate verify error"), "\(why)")
        let token = try query.token(in: answer, authority: tsa.authority)
        #expect(throws: TimestampFailure.self) { try token.verify(authority: foreign.authority) }
      }
      try withFolder { elsewhere in
        let old = try StampingAuthority(in: elsewhere, days: -1)
        let why = try #require(refusal(query, try old.answer(to: query.bytes), old.authority))
        #expect(why.contains("certificate has expired"), "\(why)")
      }
      let none = try #require(refusal(query, answer, "\(folder)/nothing"))
      #expect(none.contains("\(folder)/nothing has no certificates"), "\(none)")
    }
  }

  @Test func `bytes that are no answer are refused, wherever they were changed`() throws {
    try withFolder { folder in
      let tsa = try StampingAuthority(in: folder)
      let query = try TimestampQuery(imprint: imprint)
      for garbage in [[], Array("<html>".utf8), [0x30, 0x03, 0x02, 0x01, 0x00]] as [[UInt8]] {
        #expect(refusal(query, garbage, tsa.authority) != nil)
      }
      let answer = try tsa.answer(to: query.bytes)
      #expect(refusal(query, answer, tsa.authority) == nil)
      // In the middle stand certificates, near the end the signature; each byte of both counts, but
      // for those of the certificate that the signature does not cover.
      for place in stride(from: answer.count - 60, to: answer.count, by: 1) {
        var changed = answer
        changed[place] ^= 0x10
        #expect(refusal(query, changed, tsa.authority) != nil, "byte \(place)")
      }
      #expect(throws: TimestampFailure.self) { try TimestampToken(Array(answer.dropLast())) }
    }
  }
}
