import Glibc
import Loop
import Reactor
import Synchronization

/// The names of users, for people who read what was recorded; who may do what is decided by number.
///
/// A name may come from a directory on the network, for which neither the loop nor a Stop may wait:
/// who asks for the first time is waited for within ``patience`` and is then on record by number
/// alone. Whoever asks behind them waits too, so that what is asked stays in its order.
final class UserNames {
  /// A file of users is read in less than a millisecond, and a directory that is well answers in
  /// some ten. A Stop that leaves this much later is still faster than a person.
  static let patience = Duration.milliseconds(100)

  private let loop: EventLoop
  private let look: @Sendable (UInt32) -> String?
  private var isClosed = false
  /// What was found last; nil for a user without a name.
  private var known: [UInt32: String?] = [:]
  /// Users who are being looked for, and those of them for whom somebody has waited in vain.
  private var sought: Set<UInt32> = []
  private var overdue: Set<UInt32> = []
  /// In the order in which they have asked.
  private var line: [Waiting] = []

  private final class Waiting {
    let uid: UInt32
    let completion: (String?) -> Void
    var timer: (any ReactorTimer)?
    /// It waits no longer for the name, but perhaps for whoever is before it.
    var isOver = false

    init(_ uid: UInt32, _ completion: @escaping (String?) -> Void) {
      self.uid = uid
      self.completion = completion
    }
  }

  /// Users more than this are not kept: a machine has a handful who command.
  private static let knownMax = 1_000

  /// - Parameter look: how a name is found; may block.
  init(loop: EventLoop, look: @escaping @Sendable (UInt32) -> String? = UserNames.name) {
    self.loop = loop
    self.look = look
  }

  /// Looks for the name, so that it is known when it is needed.
  func prepare(_ uid: UInt32) { if known[uid] == nil { seek(uid) } }

  /// Calls `completion` with the user's name if there is one, at once if that is known, and else
  /// within ``patience``.
  func find(_ uid: UInt32?, completion: @escaping (String?) -> Void) {
    guard let uid else { return completion(nil) }
    let name = known[uid]
    // Who had no name may have got one, for the next time.
    if name == nil || name == .some(nil) { seek(uid) }
    let waiting = Waiting(uid, completion)
    waiting.isOver = name != nil || overdue.contains(uid)
    line.append(waiting)
    if waiting.isOver { return advance() }
    waiting.timer = loop.makeTimer { [weak self] in
      self?.overdue.insert(uid)
      waiting.isOver = true
      self?.advance()
    }
    waiting.timer?.start(after: Self.patience)
  }

  /// Nothing that is being looked for is told any more.
  func close() {
    isClosed = true
    for waiting in line { waiting.timer?.cancel() }
    line = []
  }

  /// Tells everybody at the front whose wait is over.
  private func advance() {
    while let first = line.first, first.isOver {
      line.removeFirst()
      first.timer?.cancel()
      first.completion(known[first.uid] ?? nil)
    }
  }

  private func seek(_ uid: UInt32) {
    guard sought.insert(uid).inserted else { return }
    let look = look
    let found = Found()
    loop.runOffLoop({ found.name.withLock { $0 = look(uid) } }) { [weak self] in
      guard let self, !isClosed else { return }
      sought.remove(uid)
      overdue.remove(uid)
      if known.count < Self.knownMax { known[uid] = .some(found.name.withLock(\.self)) }
      for waiting in line where waiting.uid == uid { waiting.isOver = true }
      advance()
    }
  }

  /// What the worker finds, handed over to the loop.
  private final class Found: Sendable {
    let name = Mutex<String?>(nil)
  }

  /// Room for the texts of one user; the system asks for 1 KB.
  private static let bufferSizeBytes = 16_384

  @Sendable private static func name(of uid: UInt32) -> String? {
    var entry = unsafe passwd()
    var result: UnsafeMutablePointer<passwd>?
    var buffer = [CChar](repeating: 0, count: bufferSizeBytes)
    // Safe: the buffer and its count belong together; the name points into the buffer, which
    // outlives the copy.
    return unsafe buffer.withUnsafeMutableBufferPointer { buffer -> String? in
      guard let start = buffer.baseAddress else { return nil }
      let code = unsafe getpwuid_r(uid, &entry, start, buffer.count, &result)
      guard code == 0, let user = unsafe result else { return nil }
      return unsafe user.pointee.pw_name.map { unsafe String(cString: $0) }
    }
  }
}
