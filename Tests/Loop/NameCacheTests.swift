import Reactor
import Testing

/// The table of names alone, with a clock and a resolver that do what the test says.
@Suite struct NameCacheTests {
  private final class Desk: Reactor {
    var now: Duration = .zero
    var asked: [String] = []
    private var waiting: [(Result<[String], ReactorError>) -> Void] = []

    func resolve(host: String, completion: @escaping (Result<[String], ReactorError>) -> Void) {
      asked.append(host)
      waiting.append(completion)
    }

    func answer(_ result: Result<[String], ReactorError>) { waiting.removeFirst()(result) }

    func watch(
      _ descriptor: Int32, for interest: Readiness, onReady: @escaping (Readiness) -> Void
    ) throws(ReactorError) -> any Watch { fatalError("names need no descriptors") }
    func makeTimer(onFire: @escaping () -> Void) -> any ReactorTimer {
      fatalError("names need no timers")
    }
    func afterClosing(_ finish: @escaping () -> Void) { fatalError("names open nothing") }
    func runOffLoop(_ work: @escaping @Sendable () -> Void, completion: @escaping () -> Void) {
      fatalError("names need no workers")
    }
  }

  private let failure = ReactorError(operation: "look up", subject: "host a", cause: "none")

  @Test func `all who ask while a name is looked up get the one answer`() {
    let desk = Desk()
    let names = NameCache(reactor: desk)
    var answers: [NameCache.Answer] = []
    for _ in 1...100 { #expect(names.addresses(of: "a") { answers.append($0) } == nil) }
    #expect(names.addresses(of: "b") { answers.append($0) } == nil)
    #expect(desk.asked == ["a", "b"])
    desk.answer(.success(["10.0.0.1"]))
    #expect(answers == Array(repeating: .success(["10.0.0.1"]), count: 100))
    desk.answer(.failure(failure))
    #expect(answers.last == .failure(failure))
  }

  @Test func `addresses are used again for their lifetime and no longer`() {
    let desk = Desk()
    let names = NameCache(reactor: desk)
    #expect(names.addresses(of: "a") { _ in } == nil)
    desk.answer(.success(["10.0.0.1"]))
    desk.now = NameCache.lifetime - .milliseconds(1)
    #expect(names.addresses(of: "a") { _ in } == ["10.0.0.1"])
    desk.now = NameCache.lifetime
    #expect(names.addresses(of: "a") { _ in } == nil)
    #expect(desk.asked == ["a", "a"])
  }

  @Test func `a name is looked up again after a failure, of the look-up or of connecting`() {
    let desk = Desk()
    let names = NameCache(reactor: desk)
    for result in [NameCache.Answer.failure(failure), .success([]), .success(["10.0.0.1"])] {
      var answers: [NameCache.Answer] = []
      #expect(names.addresses(of: "a") { answers.append($0) } == nil)
      // Forgetting while it is looked up must not lose those who wait.
      names.forget("a")
      desk.answer(result)
      #expect(answers == [result])
    }
    #expect(names.addresses(of: "a") { _ in } == ["10.0.0.1"])
    names.forget("a")
    #expect(names.addresses(of: "a") { _ in } == nil)
    #expect(desk.asked.count == 4)
  }
}
