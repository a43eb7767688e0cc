import Loop
import Reactor
import TestSupport
import Testing

@testable import Outlets

/// What counts as received over TCP and TLS, and what does not.
@Suite(.serialized) struct StreamDeliveryTests {
  private enum Outcome: Equatable {
    case received
    case failed(String)
  }

  /// Delivers so many bytes to a receiver of this manner.
  private func deliver(
    _ count: Int, to manner: StreamReceiver.Manner, isTLS: Bool, isHasty: Bool = false
  ) throws -> Outcome {
    try withFolder { folder in
      let certificates = isTLS ? try Certificates(in: folder) : nil
      let receiver = try StreamReceiver(manner, certificates, in: folder)
      let loop = try EventLoop()
      defer { loop.close() }
      let tls = try certificates.map {
        try TLSContext(caFile: $0.authority, certificateFile: nil, keyFile: nil)
      }
      var outcome: Outcome?
      let delivery = StreamDelivery(
        [UInt8](repeating: UInt8(ascii: "x"), count: count), to: "127.0.0.1", port: receiver.port,
        tls: tls, reactor: isHasty ? HastyReactor(loop) : loop
      ) { outcome = $0.map { .failed($0.cause) } ?? .received }
      #expect(loop.run { outcome != nil })
      delivery.cancel()
      return try #require(outcome)
    }
  }

  @Test(arguments: [false, true]) func `who reads to the end and closes has received`(
    isTLS: Bool
  ) throws {
    #expect(try deliver(60_000, to: .reads, isTLS: isTLS) == .received)
    if isTLS { #expect(try deliver(60_000, to: .closesSilently, isTLS: true) == .received) }
  }

  @Test func `who has read nothing has not, whatever it says before it closes`() throws {
    #expect(
      try deliver(60_000, to: .refuses, isTLS: true) == .failed("Connection reset by peer"))
    for isTLS in [false, true] {
      #expect(
        try deliver(60_000, to: .drops, isTLS: isTLS) == .failed("Connection reset by peer"))
    }
  }

  @Test func `who ends before us has not received`() throws {
    #expect(
      try deliver(8_000_000, to: .endsFirst, isTLS: false)
        == .failed("the receiver ended the connection"))
  }

  /// Its program will never get what waits for room. Mutation tried: nobody asks whether bytes wait.
  @Test func `who ends after our end has not received what its machine has no room for`() throws {
    #expect(
      try deliver(60_000, to: .endsFull, isTLS: false, isHasty: true)
        == .failed("the receiver ended the connection before it had everything"))
  }

  @Test func `who never stops talking keeps nobody, and has not received`() throws {
    #expect(
      try deliver(1_000, to: .talks, isTLS: false, isHasty: true)
        == .failed("nothing was taken for 60.0 seconds"))
  }
}
