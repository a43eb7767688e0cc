import CLinux
import CTLS
import Glibc
package import Reactor

/// Bytes for a receiver over TCP or TLS: one connection, written to its end, and received when the
/// receiver has ended it too.
///
/// Syslog has no acknowledgement, and what the kernel has taken may never be read. But a program
/// that reads a connection to its end and closes it has read everything: so the end is what is
/// waited for, of the connection and not only of TLS. A receiver that ends it before us, resets it,
/// which is what closing does to one that holds unread bytes, or whose machine has not taken
/// everything leaves the batch in doubt: it failed. One that lets our end come, reads nothing and
/// ends its side in order before it closes cannot be told from one that has read.
package final class StreamDelivery {
  private enum Phase {
    /// Can transition to connecting, ended.
    case lookingUp
    /// Can transition to shakingHands, ended.
    case connecting
    /// Can transition to writing, ended.
    case shakingHands
    /// Can transition to lookingBack, ended.
    case writing
    /// Everything is written: has the receiver ended before us? Can transition to finishing, ended.
    case lookingBack
    /// Our end is being written. Can transition to awaitingEnd, ended.
    case finishing
    /// Can transition to settling, ended.
    case awaitingEnd
    /// The receiver has ended too; has its machine taken everything? Can transition to ended.
    case settling
    case ended
  }

  /// Connecting, TLS included: three lost SYN packets, as for HTTP.
  private static let connectTime = Duration.seconds(10)
  /// Without a byte that the receiver's machine takes, or, when it has them all, until the
  /// receiver's program has read them: slow disks pause for seconds, not for a minute.
  private static let silenceMax = Duration.seconds(60)
  /// How often it is looked whether bytes are being taken.
  private static let lookEvery = Duration.seconds(5)
  /// The same once both sides have ended, which is over within a round trip.
  private static let settleEvery = Duration.milliseconds(20)
  /// Steps without a look at the rest of the loop: a receiver that talks must not keep it.
  private static let stepsMax = 64

  private let host: String
  private let port: UInt16
  private let tls: TLSContext?
  private let bytes: [UInt8]
  private var rest: ArraySlice<UInt8>
  private let reactor: any Reactor
  private var completion: ((OutletError?) -> Void)?
  private var phase = Phase.lookingUp
  private var addresses: ArraySlice<String> = []
  private var channel: Channel?
  private var watch: (any Watch)?
  private var timer: (any ReactorTimer)?
  private var silentSince: Duration = .zero
  private var untakenBytes: Int32 = 0
  /// Why the address before could not be connected to.
  private var refusal: String?

  /// Begins; `completion` is called once, never before this returns, with nil when everything was
  /// received. Dropping the delivery changes nothing: cancel it.
  package init(
    _ bytes: [UInt8], to host: String, port: UInt16, tls: TLSContext?, reactor: any Reactor,
    completion: @escaping (OutletError?) -> Void
  ) {
    self.host = host
    self.port = port
    self.tls = tls
    self.bytes = bytes
    rest = bytes[...]
    self.reactor = reactor
    self.completion = completion
    timer = reactor.makeTimer { [weak self] in self?.timeIsUp() }
    timer?.start(after: Self.connectTime)
    reactor.resolve(host: host) { [weak self] answer in self?.lookedUp(answer) }
  }

  /// Gives up; the completion is not called after this. Idempotent.
  package func cancel() {
    completion = nil
    end(nil)
  }

  private func end(_ error: OutletError?) {
    if case .ended = phase { return }
    phase = .ended
    timer?.cancel()
    timer = nil
    closeChannel()
    let completion = completion
    self.completion = nil
    completion?(error)
  }

  private func closeChannel() {
    watch?.cancel()
    watch = nil
    channel?.close()
    channel = nil
  }

  private func fail(_ operation: String, _ cause: String) {
    end(OutletError(operation: operation, subject: "\(host):\(port)", cause: cause))
  }

  // MARK: - Connecting

  private func lookedUp(_ answer: Result<[String], ReactorError>) {
    guard case .lookingUp = phase else { return }
    switch answer {
    case .failure(let error): fail("look up", error.cause)
    case .success(let found):
      addresses = found[...]
      connectNext()
    }
  }

  /// Tries the next address of the receiver.
  private func connectNext() {
    closeChannel()
    guard let address = addresses.popFirst() else {
      return fail("connect to", refusal ?? "the host has no address")
    }
    phase = .connecting
    silentSince = reactor.now
    timer?.start(after: Self.connectTime)
    guard let descriptor = connecting(to: address) else {
      refusal = Channel.systemReason()
      return connectNext()
    }
    let ssl = unsafe tls?.connection(over: descriptor, to: host)
    channel = unsafe Channel(descriptor, ssl: ssl)
    guard unsafe tls == nil || ssl != nil else { return fail("set up", TLSError.lastReason) }
    do throws(ReactorError) {
      watch = try reactor.watch(descriptor, for: .writable) { [weak self] _ in self?.step() }
    } catch {
      fail("watch the connection to", error.cause)
    }
  }

  /// A socket on its way to a numeric address; nil with errno if that failed at once.
  private func connecting(to address: String) -> Int32? {
    var hints = unsafe addrinfo()
    unsafe hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    // The list is freed below and not used after that; nothing is looked up here.
    guard unsafe getaddrinfo(address, String(port), &hints, &list) == 0,
      let found = unsafe list?.pointee
    else {
      errno = EINVAL
      return nil
    }
    defer { unsafe freeaddrinfo(list) }
    let kind = unsafe found.ai_socktype | Int32(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    let descriptor = unsafe socket(found.ai_family, kind, 0)
    guard descriptor >= 0 else { return nil }
    // The address is that of the list, with its length.
    let code = unsafe connect(descriptor, found.ai_addr, found.ai_addrlen)
    guard code == 0 || errno == EINPROGRESS else {
      let reason = errno
      close(descriptor)
      errno = reason
      return nil
    }
    return descriptor
  }

  // MARK: - The way of a batch

  /// The socket is ready for what was waited for: goes on until it must be waited for again.
  private func step() {
    for _ in 0..<Self.stepsMax {
      guard let channel else { return }
      let result: ChannelStep
      switch phase {
      case .connecting:
        if let problem = Self.pendingError(channel.descriptor) {
          refusal = problem
          return connectNext()
        }
        phase = .shakingHands
        continue
      case .shakingHands: result = channel.shakeHands()
      case .writing: result = rest.isEmpty ? .done : channel.write(rest)
      case .finishing: result = channel.finish()
      case .lookingBack, .awaitingEnd: result = channel.drain()
      case .lookingUp, .settling, .ended: return
      }
      switch result {
      case .needsReading where isLookingBack: if channel.hasEndedTLS { ended() } else { advance() }
      case .needsReading: return watchFor(.readable)
      case .needsWriting: return watchFor(.writable)
      case .failed(let reason): return fail(operation, reason)
      case .done: advance()
      case .moved(0): return ended()
      case .moved(let count):
        // What a receiver says is no sign that it reads.
        guard case .writing = phase else { continue }
        silentSince = reactor.now
        rest = rest.dropFirst(count)
      }
    }
    // Its turn comes again at once.
    watchFor([.readable, .writable])
  }

  private func advance() {
    silentSince = reactor.now
    switch phase {
    case .shakingHands:
      phase = .writing
      timer?.start(after: Self.lookEvery)
    case .writing: phase = .lookingBack
    case .lookingBack: phase = .finishing
    default: phase = .awaitingEnd
    }
  }

  private var isLookingBack: Bool { if case .lookingBack = phase { true } else { false } }

  /// The receiver has ended the connection: well, if it had everything and our end as well.
  private func ended() {
    guard case .awaitingEnd = phase else {
      return fail(operation, "the receiver ended the connection")
    }
    phase = .settling
    // It would be readable for ever.
    watch?.cancel()
    watch = nil
    silentSince = reactor.now
    settle()
  }

  /// Bytes that come to a machine after the receiver has closed are answered with a reset, and are
  /// never taken.
  private func settle() {
    guard let channel else { return }
    if let problem = Self.pendingError(channel.descriptor) { return fail(operation, problem) }
    if channel.untakenBytes == 0 { return end(nil) }
    if reactor.now - silentSince >= Self.silenceMax {
      return fail(operation, "the receiver ended the connection before it had everything")
    }
    timer?.start(after: Self.settleEvery)
  }

  private var operation: String {
    switch phase {
    case .lookingUp: "look up"
    case .connecting: "connect to"
    case .shakingHands: "agree on TLS with"
    case .writing, .lookingBack, .finishing: "write to"
    case .awaitingEnd, .settling, .ended: "wait for the end of the connection to"
    }
  }

  /// While nothing is to be read, the end of the receiver is seen by the next write.
  private func watchFor(_ readiness: Readiness) { watch?.update(readiness) }

  private func timeIsUp() {
    switch phase {
    case .lookingUp, .connecting, .shakingHands:
      fail(operation, "no answer within \(Self.connectTime)")
    case .settling: settle()
    case .writing, .lookingBack, .finishing, .awaitingEnd:
      let untaken = channel?.untakenBytes ?? 0
      if untaken != untakenBytes { silentSince = reactor.now }
      untakenBytes = untaken
      if reactor.now - silentSince >= Self.silenceMax {
        return fail(operation, "nothing was taken for \(Self.silenceMax)")
      }
      timer?.start(after: Self.lookEvery)
    case .ended: break
    }
  }

  private static func pendingError(_ descriptor: Int32) -> String? {
    var code: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    // Both live through the call, and the size is that of the number.
    guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0 else {
      return Channel.systemReason()
    }
    return code == 0 ? nil : Channel.systemReason(code)
  }
}
