import Glibc
import JSON
import Simulator
import Testing

/// How many seeds the random tests try.
var seedCount: UInt64 {
  // Safe: the text is copied before anybody could change the environment.
  guard let text = unsafe getenv("RECBRIDGE_SEEDS") else { return 300 }
  return unsafe UInt64(String(cString: text)) ?? 300
}

/// SplitMix64, so that a failing seed can be repeated.
struct TestGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

@Suite struct AcknowledgeTests {
  @Test func `the extension is offered only by a server that has it, to a client that asks`() throws
  {
    for (isOffered, isAsked) in [(true, true), (true, false), (false, true), (false, false)] {
      let bench = Bench { $0.acknowledgement = isOffered ? .offered : .off }
      let client = AgentClient(bench)
      _ = client.login()
      let reply = try client.handshake(withAck: isAsked)
      #expect((reply["ext"]?["ack"]?.bool == true) == (isOffered && isAsked))
    }
  }

  @Test func `a batch comes again until its number comes back`() throws {
    let bench = Bench { $0.acknowledgement = .offered }
    let client = AgentClient(bench)
    _ = client.login()
    try client.handshake(withAck: true)
    try client.subscribe()
    _ = client.connect()
    let call = try bench.createCall()
    // Not with the reply to something else.
    let other = client.post(#""channel":"/meta/subscribe","subscription":"/v2/me/devices""#)
    #expect(try bench.events(other).isEmpty)

    let first = client.connect()
    #expect(try bench.events(first).count == 1)
    let batch = try #require(try bench.messages(first).last?["ext"]?["ack"]?.integer)
    // The same number again: the same event again, and what is new.
    try bench.change { try $0.startBurst(call, count: 1) }
    let second = client.connect()
    #expect(try bench.events(second).count == 2)
    #expect(try bench.messages(second).last?["ext"]?["ack"]?.integer == batch + 1)

    client.acknowledged = batch
    let third = client.connect()
    #expect(try bench.sequence(third) == [1])
    client.acknowledged = batch + 2
    #expect(bench.isHeld(client.connect()))
  }

  /// A client publishes, connects, loses replies and sends other messages at random. With the
  /// extension, what it takes in has no gap and nothing that it has acknowledged comes again;
  /// without it and without losses every event comes exactly once, in order.
  ///
  /// Mutations tried, each fails within the first seeds: `takeForConnect` clearing an acknowledged
  /// queue (gap); `acknowledge` with `<` for `<=` (repetition); `takeForOtherReply` leaving its
  /// queue as it is (repetition without the extension).
  @Test func `nothing is lost or repeated wherever the session survives`() throws {
    for seed in 1...seedCount {
      var random = TestGenerator(state: seed)
      let isAcknowledged = Bool.random(using: &random)
      let bench = Bench { settings in
        settings.acknowledgement = .offered
        settings.seed = seed
      }
      let client = AgentClient(bench)
      _ = client.login()
      try client.handshake(withAck: isAcknowledged)
      try client.subscribe()
      let call = try bench.createCall()
      var published: Int64 = 0
      var taken: Int64 = 0
      var held: RequestID?

      func take(_ id: RequestID) throws {
        let numbers = try bench.sequence(id)
        guard let first = numbers.first else { return }
        #expect(first == taken + 1, "seed \(seed): gap or repetition")
        #expect(numbers == Array(first..<(first + Int64(numbers.count))), "seed \(seed): order")
        taken = numbers.last ?? taken
      }
      func takeConnect(_ id: RequestID) throws {
        try take(id)
        if isAcknowledged {
          client.acknowledged = try bench.messages(id).last?["ext"]?["ack"]?.integer
        }
      }
      for _ in 0..<40 {
        // Without the extension two replies may overtake each other on their way; here they do not.
        if let answered = held, !bench.isHeld(answered) {
          let isLost = isAcknowledged && Int.random(in: 0..<3, using: &random) == 0
          if !isLost { try takeConnect(answered) }
          held = nil
        }
        switch Int.random(in: 0..<6, using: &random) {
        case 0, 1:
          let count = Int.random(in: 1...5, using: &random)
          try bench.change { try $0.startBurst(call, count: count) }
          published += Int64(count)
        case 2:
          let id = client.post(#""channel":"/meta/subscribe","subscription":"/v2/me/devices""#)
          try take(id)
        case 3: bench.pass(.milliseconds(Int.random(in: 1...200, using: &random)))
        default:
          if held == nil { held = client.connect() }
        }
      }
      if let held, !bench.isHeld(held) { try takeConnect(held) }
      if held.map({ !bench.isHeld($0) }) ?? true {
        let last = client.connect(#","advice":{"timeout":0}"#)
        try takeConnect(last)
      }
      #expect(taken == published, "seed \(seed): \(published - taken) events are missing")
    }
  }
}
