import Commands
import Configuration
import JSON
import Testing

@testable import Bridge

/// The whole bridge against a platform that answers as a source document says, with the clock moved
/// from one wake to the next.
@Suite struct RouteStoryTests {
  struct Told {
    var scene: Scene
    var stub: RouteStub
    let command: Command
    let questions: Int
    let lasted: Duration

    func line(_ title: String) -> String {
      "\(command.grade?.rawValue ?? "open") | \(stub.commands.count) commands,"
        + " \(questions) questions, \(lasted) | \(title)"
    }
  }

  private func tell(_ story: RouteStory) throws -> Told {
    let route = try #require(Route.shipped(story.route))
    var scene = try Scene(
      profile: Dialect.Profile(rawValue: story.route) ?? .commandsOnly, route: route)
    var stub = RouteStub(
      story.route, from: story.from, to: story.to, story.says, unknownFor: story.unknownFor)
    scene.feed(.start)
    while try step(&scene, &stub, after: .zero) {}
    #expect(scene.bridge.agentsOutOfSync(at: scene.now) == [])
    let (began, asked) = (scene.now.monotonic, stub.questions.count)
    stub.looks = story.looks
    scene.ask(story.operation, parameters: story.parameters)
    var steps = 0
    while scene.commands.last?.isOpen == true, steps < 200 {
      steps += 1
      if try step(&scene, &stub, after: scene.now.monotonic - began) { continue }
      let wake = try #require(scene.wakeAt)
      scene.pass(max(.zero, wake - scene.now.monotonic))
    }
    return Told(
      scene: scene, stub: stub, command: try #require(scene.commands.last),
      questions: stub.questions.count - asked, lasted: scene.now.monotonic - began)
  }

  /// Lets the platform deal with one request; false when there is none.
  private func step(
    _ scene: inout Scene, _ stub: inout RouteStub, after time: Duration
  ) throws -> Bool {
    guard !scene.requests.isEmpty else { return false }
    let request = scene.requests.removeFirst()
    for (id, answer) in try stub.arrive(request, after: time) {
      scene.feed(.answered(id, answer))
    }
    return true
  }

  // Mutations tried: `look` of a refusal not regarded; a recording that is not there taken for one
  // that has ended; the fallback never sent; `Retry-After` not regarded.
  @Test(arguments: RouteStory.all)
  func `each story ends in its grade, with its advice and within its budget`(
    _ story: RouteStory
  ) throws {
    let told = try tell(story)
    let command = told.command
    print(told.line(story.testDescription))
    #expect(command.grade == story.ends)
    #expect(told.stub.commands.count == story.sent)
    #expect(told.lasted <= .seconds(10))
    #expect(told.questions <= LedgerSettings.looksMax + LedgerSettings.attemptsMax)
    let causes = command.causes(by: Route.shipped(story.route))
    #expect(Array(causes.prefix(story.because.count)) == story.because)
    #expect(story.because.isEmpty == causes.isEmpty)
    // A confirmation names the event that shows it.
    if command.grade?.isConfirmed == true {
      let event = try #require(command.evidence.event)
      let shown = told.scene.events.first { $0.sequence == event }
      #expect(shown?.type == (story.isNotified ? .call : .look))
    }
  }

  @Test func `every operation of every route has a happy end`() {
    for route in RouteFile.shipped.compactMap(\.route) {
      let told = RouteStory.happy.filter { $0.route == route.name }
      #expect(Set(told.map(\.operation)) == Set(route.offered))
    }
  }

  // A storm: everything that is asked or commanded gets the same answer, for ever.
  @Test(arguments: RouteStory.happy, [429, 503])
  func `a storm ends within the budget, and never well`(
    _ happy: RouteStory, _ status: Int
  ) throws {
    var story = happy
    story.says = [.no(status)]
    story.unknownFor = .zero
    story.looks = .no(status)
    let told = try tell(story)
    let command = told.command
    print(told.line("\(story.route): \(story.operation.rawValue) in a storm of \(status)"))
    let attempts = story.operation.isSafeDirection ? LedgerSettings.attemptsMax : 1
    #expect(told.stub.commands.count <= attempts)
    #expect(told.questions <= LedgerSettings.looksMax + LedgerSettings.attemptsMax)
    #expect(told.lasted <= .seconds(10))
    #expect(command.grade == .rejected || status == 503 && command.grade == .unconfirmed)
    let causes = command.causes(by: Route.shipped(story.route))
    #expect(causes.first == (status == 429 ? .throttled : .platformUnreachable))
  }

  @Test func `the third attempt goes to the conversation`() throws {
    let story = try #require(RouteStory.recordings.first { $0.sent == 3 })
    #expect(
      try tell(story).stub.commands == [
        "PATCH /api/v2/recordings/R1", "PATCH /api/v2/recordings/R1",
        "PATCH /api/v2/conversations/C1",
      ])
  }

  @Test func `the wait of a 429 is kept`() throws {
    let story = try #require(RouteStory.events.first { $0.title.contains("then 202") })
    #expect(try tell(story).lasted >= .seconds(5))
  }

  // The remedy says to wait as long as the platform asks for; how long that is stands nowhere else.
  @Test func `a 429 that asks for too long a wait says how long it is`() throws {
    let story = try #require(RouteStory.events.first { $0.title.contains("beyond the deadline") })
    let message = try tell(story).command.evidence.message
    #expect(message?.hasPrefix("HTTP status 429") == true)
    #expect(message?.hasSuffix("; it asks us to wait 60 s") == true)
  }

  @Test func `what a route says of a refusal is told`() throws {
    let story = try #require(RouteStory.actions.first { $0.because.first == .missingPermission })
    let advice = try tell(story).command.advice(by: Route.shipped(story.route))
    #expect(advice?.contains("conversation:write and recording:read") == true)
  }
}
