import Glibc
import Loop
import Synchronization
import Testing

@testable import Daemon

/// Names from a directory that a test holds up.
@Suite struct UserNamesTests {
  /// Answers for a user only once the test lets it.
  private final class Directory: Sendable {
    private let open: Mutex<Set<UInt32>>

    init(open: Set<UInt32>) { self.open = Mutex(open) }

    func admit(_ uid: UInt32) { open.withLock { _ = $0.insert(uid) } }

    func name(_ uid: UInt32) -> String? {
      while !open.withLock({ $0.contains(uid) }) { sched_yield() }
      return uid == 9 ? nil : "user\(uid)"
    }
  }

  @Test func `the first ask of a user waits for the name, and a later one does not`() throws {
    let loop = try EventLoop()
    defer { loop.close() }
    let names = UserNames(loop: loop, look: { "user\($0)" })
    var found: [String?] = []
    names.find(7) { found.append($0) }
    #expect(found.isEmpty)
    #expect(loop.run { found == ["user7"] })
    names.find(7) { found.append($0) }
    names.find(nil) { found.append($0) }
    #expect(found == ["user7", "user7", nil])
    names.close()
  }

  /// A resume must not overtake the stop of somebody whose name takes longer.
  @Test func `nobody overtakes, and nobody waits longer than the patience`() throws {
    let directory = Directory(open: [2])
    let loop = try EventLoop()
    defer { loop.close() }
    let names = UserNames(loop: loop, look: { directory.name($0) })
    var found: [String] = []
    names.find(2) { found.append($0 ?? "-") }
    #expect(loop.run { found == ["user2"] })
    names.find(1) { found.append($0 ?? "one without a name") }
    names.find(2) { found.append($0 ?? "-") }
    #expect(found == ["user2"])
    #expect(loop.run { found.count == 3 })
    #expect(found == ["user2", "one without a name", "user2"])
    // The directory has had its chance: the next one is not held up.
    names.find(1) { found.append($0 ?? "again without") }
    #expect(found.last == "again without")
    directory.admit(1)
    #expect(
      loop.run {
        names.find(1) { found.append($0 ?? "not yet") }
        return found.last == "user1"
      })
    names.close()
  }

  @Test func `a user without a name is known as such`() throws {
    let directory = Directory(open: [9])
    let loop = try EventLoop()
    defer { loop.close() }
    let names = UserNames(loop: loop, look: { directory.name($0) })
    var found: [String?] = []
    names.find(9) { found.append($0) }
    #expect(loop.run { found == [nil] })
    names.find(9) { found.append($0) }
    #expect(found == [nil, nil])
    names.close()
  }
}
