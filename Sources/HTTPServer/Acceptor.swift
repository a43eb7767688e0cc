import CMicroHTTPD
import Glibc
import Reactor

/// Takes connections from one listening socket, decides who may stay, and hands them to the engine.
final class Acceptor {
  private let descriptor: Int32
  /// Weak: the server owns both and may be stopped by a handler while this is accepting.
  private weak var engine: Engine?
  private let hasPeers: Bool
  private let onStop: () -> Void
  private var watch: (any Watch)?
  private var retryTimer: (any ReactorTimer)?
  private var door: UpgradeDoor?
  private var isStopped = false
  /// accept4(2); a test puts a failing one in its place.
  var acceptNext: (Int32, inout SocketAddress) -> Int32 = { descriptor, address in
    // The address has room for any family, and its length says so.
    unsafe address.withMutablePointer { unsafe cmhd_accept(descriptor, $0, $1) }
  }

  enum Family { case unix, tcp }

  /// `onStop` closes the descriptor, whose owner the acceptor is from now on, also if this throws.
  init(
    _ descriptor: Int32, family: Family, engine: Engine, onStop: @escaping () -> Void
  ) throws(ServerError) {
    self.descriptor = descriptor
    self.engine = engine
    self.hasPeers = family == .unix
    self.onStop = onStop
    do throws(ReactorError) {
      watch = try engine.reactor.watch(descriptor, for: .readable) { [weak self] _ in
        self?.accept()
      }
    } catch {
      onStop()
      isStopped = true
      throw ServerError(
        .system, operation: "watch", subject: "listening socket", cause: error.description,
        nextStep: "check the limits on memory and open files")
    }
    retryTimer = engine.reactor.makeTimer { [weak self] in self?.watch?.update(.readable) }
  }

  /// From now on, connections that ask to become WebSockets go to `onUpgrade`.
  func openDoor(_ onUpgrade: @escaping (Int32) -> Void) {
    guard let engine else { return }
    door = UpgradeDoor(
      reactor: engine.reactor, deadline: engine.limits.headDeadline, onUpgrade: onUpgrade
    ) { [weak engine] descriptor, address in
      if let engine {
        engine.add(descriptor, peer: nil, address: address)
      } else {
        _ = close(descriptor)
      }
    }
  }

  func stop() {
    guard !isStopped else { return }
    isStopped = true
    door?.stop()
    watch?.cancel()
    retryTimer?.cancel()
    onStop()
  }

  private func accept() {
    for _ in 0..<ServerLimits.acceptsPerTurn {
      guard !isStopped, let engine else { return }
      var address = SocketAddress()
      let client = acceptNext(descriptor, &address)
      guard client >= 0 else {
        switch errno {
        case EAGAIN: return
        case EMFILE, ENFILE, ENOBUFS, ENOMEM:
          // The client stays in the backlog, which would wake the loop again at once.
          watch?.update([])
          retryTimer?.start(after: ServerLimits.acceptRetryDelay)
          return
        default: continue  // that client is gone already (ECONNABORTED and the like, accept(2))
        }
      }
      let peer = hasPeers ? peer(of: client) : nil
      let isFull = (door?.count ?? 0) + engine.connections.count >= engine.limits.connections
      if hasPeers && peer == nil || isFull || engine.admission(of: peer) == .refused {
        refuse(client)
      } else if let door {
        door.add(client, address: address)
      } else {
        engine.add(client, peer: peer, address: address)
      }
    }
  }

  private func peer(of client: Int32) -> Peer? {
    var (uid, gid, pid): (UInt32, UInt32, Int32) = (0, 0, 0)
    // The three places are written before the call returns, and only used if it says so.
    guard unsafe cmhd_peer(client, &uid, &gid, &pid) == 1 else { return nil }
    var groups = [UInt32](repeating: 0, count: ServerLimits.groupsMax)
    // The array has as many places as are said.
    let count = unsafe cmhd_peer_groups(client, &groups, ServerLimits.groupsMax)
    return Peer(uid: uid, gid: gid, pid: pid, groups: Array(groups.prefix(count)))
  }

  /// Says why, as far as the socket takes it at once, and closes. TLS would take a handshake.
  private func refuse(_ client: Int32) {
    if engine?.speaksTLS == false {
      let answer = ServerResponse.overloaded.wire
      // The array is alive during the call and the count is its own.
      _ = unsafe cmhd_send_now(client, answer, answer.count)
    }
    _ = close(client)
  }
}
