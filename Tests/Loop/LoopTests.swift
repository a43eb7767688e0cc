import Glibc
import Reactor
import Testing

@testable import Loop

/// A loop that is closed when the test ends, whatever its outcome; what it opened must be closed by
/// then, so that `close()` has nothing but the loop's own handles left.
func withLoop(_ body: (EventLoop) throws -> Void) throws {
  let loop = try EventLoop()
  defer { loop.close() }
  try body(loop)
}

/// Both ends of a connected pair of sockets.
struct Pair {
  let near: Int32
  let far: Int32

  init() {
    var ends: [Int32] = [-1, -1]
    // Safe: the array has the two elements that socketpair fills.
    let code = unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)
    precondition(code == 0)
    near = ends[0]
    far = ends[1]
  }

  func close() {
    Glibc.close(near)
    Glibc.close(far)
  }

  func send(_ text: String) {
    // Safe: the text outlives the call, and the length is its own.
    _ = unsafe Glibc.send(far, text, text.utf8.count, Int32(MSG_NOSIGNAL))
  }
}

func receive(_ descriptor: Int32, sizeMax: Int = 64) -> String? {
  var bytes = [UInt8](repeating: 0, count: sizeMax)
  // Safe: the buffer is as large as said.
  let count = unsafe recv(descriptor, &bytes, bytes.count, 0)
  return count < 0 ? nil : String(decoding: bytes.prefix(count), as: UTF8.self)
}

@Suite struct LoopTests {
  @Test func `a timer fires once, never early, and can be armed again`() throws {
    try withLoop { loop in
      var fired: [Duration] = []
      let timer = loop.makeTimer { fired.append(loop.now) }
      defer { timer.cancel() }
      for round in 1...20 {
        let start = loop.now
        // 2.5 ms and a busy moment before it: libuv's own clock of this turn is late by then.
        while loop.now < start + .microseconds(700) {}
        let armed = loop.now
        timer.start(after: .microseconds(2500))
        #expect(loop.run { fired.count == round })
        let last = try #require(fired.last)
        #expect(last >= armed + .microseconds(2500))
      }
      #expect(!loop.run(until: { fired.count > 20 }, within: .milliseconds(30)))
    }
  }

  @Test func `a timer that was stopped or cancelled does not fire`() throws {
    try withLoop { loop in
      var fired: [String] = []
      let stopped = loop.makeTimer { fired.append("stopped") }
      let cancelled = loop.makeTimer { fired.append("cancelled") }
      let last = loop.makeTimer { fired.append("last") }
      stopped.start(after: .milliseconds(1))
      cancelled.start(after: .milliseconds(1))
      last.start(after: .milliseconds(20))
      stopped.stop()
      cancelled.cancel()
      cancelled.cancel()
      cancelled.start(after: .zero)
      #expect(loop.run { fired.contains("last") })
      #expect(fired == ["last"])
    }
  }

  @Test func `a timer set to zero over and over starves nobody`() throws {
    try withLoop { loop in
      var spins = 0
      var timers: [any ReactorTimer] = []
      timers.append(
        loop.makeTimer {
          spins += 1
          timers[0].start(after: .zero)
        })
      timers[0].start(after: .zero)
      var isFired = false
      let other = loop.makeTimer { isFired = true }
      other.start(after: .milliseconds(5))
      #expect(loop.run { isFired })
      #expect(spins <= 100)
      timers[0].cancel()
    }
  }

  @Test func `a timer may cancel itself and every other timer from its handler`() throws {
    try withLoop { loop in
      let before = loop.handleCount
      var timers: [any ReactorTimer] = []
      var fired = 0
      for _ in 0..<10 {
        timers.append(
          loop.makeTimer {
            fired += 1
            for timer in timers { timer.cancel() }
          })
      }
      for timer in timers { timer.start(after: .milliseconds(1)) }
      #expect(loop.run { fired > 0 })
      #expect(!loop.run(until: { fired > 1 }, within: .milliseconds(20)))
      #expect(loop.handleCount == before)
      timers = []
    }
  }

  @Test func `a watched descriptor reports every byte until it is cancelled`() throws {
    try withLoop { loop in
      let before = loop.handleCount
      let pair = Pair()
      defer { pair.close() }
      var got: [String] = []
      let watch = try loop.watch(pair.near, for: .readable) { readiness in
        #expect(readiness == .readable)
        if let text = receive(pair.near) { got.append(text) }
      }
      pair.send("one")
      #expect(loop.run { got == ["one"] })
      pair.send("two")
      #expect(loop.run { got == ["one", "two"] })
      watch.update([])
      pair.send("three")
      #expect(!loop.run(until: { got.count == 3 }, within: .milliseconds(30)))
      watch.update(.readable)
      #expect(loop.run { got == ["one", "two", "three"] })
      watch.cancel()
      watch.cancel()
      watch.update(.readable)
      pair.send("four")
      #expect(!loop.run(until: { got.count == 4 }, within: .milliseconds(30)))
      #expect(loop.handleCount == before)
    }
  }

  @Test func `a descriptor that is ready for writing says so until the interest is withdrawn`()
    throws
  {
    try withLoop { loop in
      let pair = Pair()
      defer { pair.close() }
      var seen: [Readiness] = []
      let watch = try loop.watch(pair.near, for: [.readable, .writable]) { seen.append($0) }
      #expect(loop.run { seen.count >= 3 })
      #expect(seen.allSatisfy { $0 == .writable })
      watch.update(.readable)
      seen = []
      pair.send("x")
      #expect(loop.run { !seen.isEmpty })
      #expect(seen.first == .readable)
      watch.cancel()
    }
  }

  /// The same number is closed and opened again at once, as curl does when it reconnects:
  /// the new watch must neither fail nor get the events of the old one.
  @Test func `a descriptor number that is used again is watched again at once`() throws {
    try withLoop { loop in
      var numbers: Set<Int32> = []
      for round in 0..<50 {
        let pair = Pair()
        numbers.insert(pair.near)
        var got: [String] = []
        let watch = try loop.watch(pair.near, for: .readable) { _ in
          if let text = receive(pair.near) { got.append(text) }
        }
        pair.send("\(round)")
        #expect(loop.run { got == ["\(round)"] })
        watch.cancel()
        pair.close()
      }
      #expect(numbers.count < 50)
    }
  }

  @Test func `two watches on one descriptor are refused by name`() throws {
    try withLoop { loop in
      let pair = Pair()
      defer { pair.close() }
      let watch = try loop.watch(pair.near, for: .readable) { _ in }
      let error = #expect(throws: ReactorError.self) {
        try loop.watch(pair.near, for: .readable) { _ in }
      }
      #expect(error?.description == "watch descriptor \(pair.near): file already exists")
      watch.cancel()
    }
  }

  /// A refused connection reports an error condition, for which libuv stops the poll on its own.
  @Test func `a descriptor with an error says so, and again until somebody reads the error`() throws
  {
    try withLoop { loop in
      let port = unusedPort()
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
      defer { close(descriptor) }
      var seen: [Readiness] = []
      var address = loopback(port: port)
      // Safe: the address is a sockaddr_in and its size is given.
      _ = unsafe withUnsafePointer(to: &address) {
        unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      let watch = try loop.watch(descriptor, for: .writable) { seen.append($0) }
      #expect(loop.run { seen.count >= 2 })
      #expect(seen.allSatisfy { $0 == [.writable, .failed] })
      watch.cancel()
    }
  }

  @Test func `a turn that was requested many times ends once, after all its handlers`() throws {
    try withLoop { loop in
      var log: [String] = []
      loop.onTurnEnd = { log.append("end") }
      let pairs = [Pair(), Pair()]
      let watches = try pairs.map { pair in
        try loop.watch(pair.near, for: .readable) { _ in
          _ = receive(pair.near)
          log.append("input")
          loop.requestTurn()
          loop.requestTurn()
        }
      }
      for pair in pairs { pair.send("x") }
      #expect(loop.run { log.contains("end") })
      #expect(log == ["input", "input", "end"])
      #expect(!loop.run(until: { log.count > 3 }, within: .milliseconds(30)))

      // Requested while no descriptor and no timer is due: the poll must not block.
      loop.requestTurn()
      let start = loop.now
      #expect(loop.run { log.count == 4 })
      #expect(loop.now - start < .seconds(5))
      for watch in watches { watch.cancel() }
      for pair in pairs { pair.close() }
    }
  }

  // One byte is read at a time, as a socket is read in pieces: each poll finds the next one.
  @Test func `what waits at a socket that is read in pieces is one turn`() throws {
    try withLoop { loop in
      var read = 0
      var ends: [Int] = []
      loop.onTurnEnd = { ends.append(read) }
      let pair = Pair()
      let watch = try loop.watch(pair.near, for: .readable) { _ in
        guard receive(pair.near, sizeMax: 1) != nil else { return }
        read += 1
        loop.requestTurn()
      }
      pair.send(String(repeating: "x", count: 200))
      #expect(loop.run { ends.last == 200 })
      // Few, and not one: a turn is bounded in time, and the machine may be slow.
      #expect(ends.count < 100, "\(ends)")
      watch.cancel()
      pair.close()
    }
  }

  @Test func `a turn that always gets more ends all the same`() throws {
    try withLoop { loop in
      var ends = 0
      loop.onTurnEnd = { ends += 1 }
      let pair = Pair()
      pair.send("x")
      // Nobody reads it, so every poll finds it.
      let watch = try loop.watch(pair.near, for: .readable) { _ in loop.requestTurn() }
      let began = loop.now
      #expect(loop.run { ends == 3 })
      #expect(loop.now - began >= EventLoop.turnTimeMax * 3)
      watch.cancel()
      pair.close()
    }
  }

  @Test func `a turn requested at the end of a turn is another turn`() throws {
    try withLoop { loop in
      var ends = 0
      loop.onTurnEnd = {
        ends += 1
        if ends < 5 { loop.requestTurn() }
      }
      loop.requestTurn()
      #expect(loop.run { ends == 5 })
      #expect(!loop.run(until: { ends > 5 }, within: .milliseconds(30)))
    }
  }

  @Test func `the loop runs until it is stopped, also if that came first`() throws {
    try withLoop { loop in
      loop.stop()
      loop.run()
      let timer = loop.makeTimer { loop.stop() }
      timer.start(after: .milliseconds(5))
      loop.run()
      timer.cancel()
    }
  }

  @Test func `names and numeric addresses are resolved, never before the call has returned`() throws
  {
    try withLoop { loop in
      var answers: [String: Result<[String], ReactorError>] = [:]
      for host in ["127.0.0.1", "::1", "localhost"] {
        loop.resolve(host: host) { answers[host] = $0 }
      }
      #expect(answers.isEmpty)
      #expect(loop.run { answers.count == 3 })
      #expect(answers["127.0.0.1"] == .success(["127.0.0.1"]))
      #expect(answers["::1"] == .success(["::1"]))
      let addresses = try #require(try answers["localhost"]?.get())
      #expect(addresses.contains("127.0.0.1") || addresses.contains("::1"))
    }
  }

  @Test func `a name that does not exist fails with its name and the reason`() throws {
    try withLoop { loop in
      var answer: Result<[String], ReactorError>?
      let long = String(repeating: "a", count: 5000)
      for host in ["no-such-host.invalid", long] {
        answer = nil
        loop.resolve(host: host) { answer = $0 }
        #expect(answer == nil)
        #expect(loop.run { answer != nil })
        let error = #expect(throws: ReactorError.self) { try answer?.get() }
        #expect(error?.operation == "look up")
        #expect(error?.subject == "host \(host)")
        #expect(error?.cause.isEmpty == false)
      }
    }
  }

  @Test func `work runs on another thread and is completed on the loop`() throws {
    try withLoop { loop in
      let here = pthread_self()
      var completions: [pthread_t] = []
      for _ in 0..<20 {
        loop.runOffLoop(
          { if pthread_equal(pthread_self(), here) != 0 { fatalError("work ran on the loop") } },
          completion: { completions.append(pthread_self()) })
      }
      #expect(completions.isEmpty)
      #expect(loop.run { completions.count == 20 })
      #expect(completions.allSatisfy { pthread_equal($0, here) != 0 })
    }
  }

  @Test func `a signal is taken on the loop instead of ending the process`() throws {
    try withLoop { loop in
      var taken = 0
      try loop.onSignal(SIGUSR1) { taken += 1 }
      kill(getpid(), SIGUSR1)
      #expect(loop.run { taken == 1 })
      kill(getpid(), SIGUSR1)
      #expect(loop.run { taken == 2 })
      let error = #expect(throws: ReactorError.self) { try loop.onSignal(SIGKILL) {} }
      #expect(error?.description == "take signal 9: invalid argument")
    }
  }

  @Test func `the clock on the wall and the monotonic clock go on together`() throws {
    try withLoop { loop in
      let wall = loop.wallClock
      let monotonic = loop.now
      #expect(wall > .seconds(1_600_000_000))
      #expect(loop.now >= monotonic)
      #expect(loop.wallClock - wall < .seconds(20))
    }
  }

  /// Everything is open and busy when the loop is closed: no handler may be called any more, and
  /// all objects must be gone (each holds a witness, which is counted).
  @Test func `closing a busy loop calls nobody and keeps nothing`() throws {
    final class Witness {}
    weak var handlerWitness: Witness?
    weak var workWitness: Witness?
    let pair = Pair()
    defer { pair.close() }
    do {
      let loop = try EventLoop()
      let witness = Witness()
      let other = Witness()
      handlerWitness = witness
      workWitness = other
      func late() {
        withExtendedLifetime(witness) { _ = Issue.record("a handler was called after close()") }
      }
      let timer = loop.makeTimer { late() }
      timer.start(after: .zero)
      let watch = try loop.watch(pair.near, for: .readable) { _ in late() }
      pair.send("x")
      try loop.onSignal(SIGUSR2) { late() }
      for _ in 0..<20 {
        loop.runOffLoop({ _ = (0..<100_000).reduce(0, &+) }) {
          withExtendedLifetime(other) { late() }
        }
      }
      loop.resolve(host: "localhost") { _ in withExtendedLifetime(other) { late() } }
      loop.onTurnEnd = { late() }
      loop.requestTurn()
      loop.close()
      loop.close()
      timer.start(after: .zero)
      watch.update(.readable)
      timer.cancel()
      watch.cancel()
      loop.requestTurn()
      #expect(loop.handleCount == 0)
    }
    #expect(handlerWitness == nil)
    #expect(workWitness == nil)
  }

  @Test func `a loop that is dropped without being closed is a trap`() async {
    await #expect(processExitsWith: .failure) {
      _ = try EventLoop()
    }
  }
}

/// A port of the loopback that nobody listens on: it was bound and closed a moment ago.
func unusedPort() -> UInt16 {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(descriptor) }
  var address = loopback(port: 0)
  var size = socklen_t(MemoryLayout<sockaddr_in>.size)
  // Safe: both calls get a sockaddr_in with its size.
  unsafe withUnsafeMutablePointer(to: &address) {
    unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      let bound = unsafe bind(descriptor, $0, size)
      let named = unsafe getsockname(descriptor, $0, &size)
      precondition(bound == 0 && named == 0)
    }
  }
  return UInt16(bigEndian: address.sin_port)
}

func loopback(port: UInt16) -> sockaddr_in {
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = port.bigEndian
  address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
  return address
}
