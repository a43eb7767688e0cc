import Glibc
import Loop
import Synchronization

/// The names of users, for people who read what was recorded; who may do what is decided by number.
final class UserNames {
  private let loop: EventLoop
  private var isClosed = false
  private var known: [UInt32: String] = [:]

  /// Names more than this are not kept: a machine has a handful of users who command.
  private static let knownMax = 1_000

  init(loop: EventLoop) { self.loop = loop }

  /// The name as it was found before; else nil, and it is looked for: a command must not wait until
  /// a directory on the network answers.
  func known(_ uid: UInt32?) -> String? {
    guard let uid else { return nil }
    if let name = known[uid] { return name }
    find(uid) { _ in }
    return nil
  }

  /// Nothing that is being looked up is told any more.
  func close() { isClosed = true }

  /// Calls `completion` on the loop, later, with the user's name if the system has one.
  func find(_ uid: UInt32?, completion: @escaping (String?) -> Void) {
    let found = Found()
    loop.runOffLoop(
      { found.name.withLock { $0 = uid.flatMap(Self.name) } },
      completion: { [weak self] in
        guard let self, !isClosed else { return }
        let name = found.name.withLock(\.self)
        if let uid, let name, known.count < Self.knownMax { known[uid] = name }
        completion(name)
      })
  }

  /// What the worker finds, handed over to the loop.
  private final class Found: Sendable {
    let name = Mutex<String?>(nil)
  }

  /// Room for the texts of one user; the system asks for 1 KB.
  private static let bufferSizeBytes = 16_384

  private static func name(of uid: UInt32) -> String? {
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
