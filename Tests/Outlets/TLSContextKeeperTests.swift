import TestSupport
import Testing

@testable import Outlets

@Suite struct TLSContextKeeperTests {
  @Test func `a context is kept until one of its files is another one`() throws {
    try withFolder { folder in
      let certificates = try Certificates(in: folder)
      let keeper = TLSContextKeeper(
        caFile: certificates.authority, certificateFile: certificates.clientCertificate,
        keyFile: certificates.clientKey)
      let first = try keeper.context()
      #expect(try keeper.context() === first)
      // A renewed certificate: the same key, and a line more.
      let text = try #require(readText(certificates.clientCertificate))
      try writeText(text + "\n", to: certificates.clientCertificate)
      let second = try keeper.context()
      #expect(second !== first)
      #expect(try keeper.context() === second)
      // One that cannot be used is refused, and is tried again.
      try writeText("nothing", to: certificates.clientKey)
      for _ in 0..<2 { #expect(throws: OutletError.self) { try keeper.context() } }
    }
  }

  @Test func `so are the system's certificates`() throws {
    let keeper = TLSContextKeeper(caFile: nil, certificateFile: nil, keyFile: nil)
    let first = try keeper.context()
    #expect(try keeper.context() === first)
  }
}
