import Commands
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
    let lasted: Duration
  }

  private func tell(_ story: RouteStory) throws -> Told {
    let route = try #require(Route.shipped(story.route))
    var scene = try Scene(profile: .commandsOnly, route: route)
    var stub = RouteStub(
      story.route, from: story.from, to: story.to, story.says, unknownFor: story.unknownFor,
      looks: story.looks)
    scene.feed(.start)
    let began = scene.now.monotonic
    scene.ask(story.operation, parameters: story.parameters)
    var steps = 0
    while scene.commands.last?.isOpen == true, steps < 200 {
      steps += 1
      if let request = scene.requests.first {
        scene.requests.removeFirst()
        let answer = stub.answer(request, after: scene.now.monotonic - began)
        scene.feed(.answered(request.id, answer))
      } else {
        let wake = try #require(scene.wakeAt)
        scene.pass(max(.zero, wake - scene.now.monotonic))
      }
    }
    let command = try #require(scene.commands.last)
    return Told(
      scene: scene, stub: stub, command: command, lasted: scene.now.monotonic - began)
  }

  // Mutations tried: `look` of a refusal not regarded; a recording that is not there taken for one
  // that has ended; the fallback never sent; `Retry-After` not regarded.
  @Test(arguments: RouteStory.all)
  func `each story ends in its grade, with its advice and within its budget`(
    _ story: RouteStory
  ) throws {
    let told = try tell(story)
    let command = told.command
    let figures = "\(told.stub.commands.count) commands, \(told.stub.questions.count) questions"
    print(
      "\(command.grade?.rawValue ?? "open") | \(figures), \(told.lasted) | \(story.testDescription)"
    )
    #expect(command.grade == story.ends)
    #expect(told.stub.commands.count == story.sent)
    #expect(told.lasted <= .seconds(10))
    #expect(told.stub.questions.count <= LedgerSettings.looksMax + LedgerSettings.attemptsMax)
    let causes = command.causes(by: Route.shipped(story.route))
    #expect(Array(causes.prefix(story.because.count)) == story.because)
    #expect(story.because.isEmpty == causes.isEmpty)
    // A confirmation names the event that shows it.
    if command.grade?.isConfirmed == true {
      let event = try #require(command.evidence.event)
      let shown = told.scene.events.first { $0.sequence == event }
      #expect(shown?.type == .look)
    }
  }

  @Test func `every operation of every route without a session has a happy end`() {
    for file in ["genesys-cloud-recordings", "genesys-cloud-actions", "genesys-cloud-events"]
      + ["genesys-cloud-sessions", "genesys-cloud"]
    {
      let told = RouteStory.all.filter { $0.route == file && $0.ends == .confirmedPolled }
      #expect(Set(told.map(\.operation)) == Set(Route.shipped(file)?.offered ?? []))
    }
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

  @Test func `what a route says of a refusal is told`() throws {
    let story = try #require(RouteStory.actions.first { $0.because.first == .missingPermission })
    let advice = try tell(story).command.advice(by: Route.shipped(story.route))
    #expect(advice?.contains("conversation:write and recording:read") == true)
  }
}
