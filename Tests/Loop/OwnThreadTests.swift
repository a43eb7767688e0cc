import Loop
import Synchronization
import TestSupport
import Testing

@Suite struct OwnThreadTests {
  @Test func `work that hangs keeps nobody else's waiting`() throws {
    let loop = try EventLoop()
    let gate = try Gate()
    let ended = Counter()
    var told = 0
    for _ in 0..<8 {
      try loop.runOnOwnThread {
        gate.wait()
        ended.add()
      } completion: {
        told += 1
      }
    }
    var isDone = false
    loop.runOffLoop({}, completion: { isDone = true })
    #expect(loop.run { isDone })
    #expect(told == 0)
    gate.open()
    #expect(loop.run { told == 8 })
    #expect(ended.value == 8)
    #expect(loop.handleCount == 2)
    loop.close()
  }

  /// The loop is closed while the thread is at work; what it says then is heard by nobody.
  @Test func `work may outlive the loop`() throws {
    let loop = try EventLoop()
    let gate = try Gate()
    let end = try Gate()
    try loop.runOnOwnThread {
      gate.wait()
      end.open()
    } completion: {
      Issue.record("told after the loop was closed")
    }
    loop.close()
    gate.open()
    end.wait()
  }
}

private final class Counter: Sendable {
  private let count = Mutex(0)
  func add() { count.withLock { $0 += 1 } }
  var value: Int { count.withLock(\.self) }
}
