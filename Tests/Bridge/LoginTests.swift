import Bayeux
import Commands
import JSON
import Testing

@testable import Bridge

/// Logins that fail, and what shortens or lengthens the pauses between them.
@Suite struct LoginTests {
  private func refuse(_ scene: inout Scene, headers: [Header] = []) throws {
    try scene.answer(Scene.login, status: 403, headers: headers, #"{"statusCode":20}"#)
  }

  /// Refused twice in a row: the next login is five seconds away.
  private func refusedScene() throws -> Scene {
    var scene = try Scene()
    scene.feed(.start)
    try refuse(&scene)
    scene.pass(.zero)
    try refuse(&scene)
    #expect(!scene.isOpen(Scene.login))
    return scene
  }

  @Test func `a login that was answered with Retry-After waits as long as the platform wants`()
    throws
  {
    for status in [429, 503] {
      var scene = try Scene()
      scene.feed(.start)
      try scene.answer(
        Scene.login, status: status, headers: [Header("retry-after", "30")], "busy")
      scene.pass(.seconds(25))
      // Changed credentials do not shorten the platform's own wish.
      scene.feed(.credentialsChanged(agent: "alice"))
      scene.pass(.seconds(4))
      #expect(!scene.isOpen(Scene.login))
      scene.pass(.seconds(1))
      #expect(scene.isOpen(Scene.login))
    }
  }

  @Test func `a platform that wants us to wait for days is asked once an hour`() throws {
    var scene = try Scene()
    scene.feed(.start)
    try refuse(&scene, headers: [Header("Retry-After", "999999999")])
    scene.pass(.seconds(3_600))
    #expect(scene.isOpen(Scene.login))
  }

  /// Without the input the login would come after the pause alone, which has grown to minutes.
  @Test func `credentials that changed are tried within two seconds, and others are left alone`()
    throws
  {
    var scene = try refusedScene()
    for _ in 0..<8 {
      scene.pass(.seconds(301))
      try refuse(&scene)
    }
    scene.feed(.credentialsChanged(agent: "bob"))
    scene.pass(.seconds(3))
    #expect(!scene.isOpen(Scene.login))
    scene.feed(.credentialsChanged(agent: "alice"))
    scene.pass(.seconds(2))
    try scene.answerLogin()
    #expect(scene.isOpen(Scene.handshake))
  }

  @Test func `changed credentials do not disturb a session that is well`() throws {
    var scene = try Scene()
    try scene.settle()
    let count = scene.requests.count
    scene.feed(.credentialsChanged(agent: "alice"))
    scene.pass(.seconds(2))
    #expect(scene.requests.count == count)
  }

  @Test func `no token is a failed login that says so, and advises nothing about the URL`() throws {
    var scene = try Scene()
    scene.feed(.start)
    let request = try #require(scene.requests.first)
    #expect(request.isLogin)
    scene.requests = []
    scene.feed(
      .answered(
        request.id,
        .failed(
          reason: "no access token: the token endpoint answered invalid_client",
          mayHaveReachedServer: false, partialBody: [])))
    let told = try #require(scene.data(.session).last)
    #expect(told["state"]?.string == "login-failed")
    #expect(
      told["reason"]?.string
        == "the login could not be made"
        + " (no access token: the token endpoint answered invalid_client)")
  }

  @Test func `a request may wait for its token, and a command only until its deadline`() throws {
    var scene = try Scene()
    try scene.settle(Scene.call("Recording"))
    scene.ask(.stop)
    let command = try #require(scene.requests.first { $0.target.hasSuffix("/calls/C1") })
    #expect(command.patience == .seconds(10))
    try scene.answer("/calls/C1", status: 403, #"{"statusCode":20}"#)
    scene.now.monotonic += .seconds(7)
    scene.now.wall += .seconds(7)
    scene.feed(.wake)
    try scene.answerLogin()
    let again = try #require(scene.requests.first { $0.target.hasSuffix("/calls/C1") })
    #expect(again.patience < .seconds(3))
    #expect(!again.isLogin)
  }

  @Test func `each login that ends while requests are answered is renewed at once`() throws {
    var scene = try Scene()
    try scene.settle(Scene.call("Recording"))
    for _ in 0..<2 {
      scene.ask(.pause, isForced: true)
      try scene.answer("/calls/C1", status: 403, #"{"statusCode":20}"#)
      scene.pass(.zero)
      try scene.answerLogin()
      try scene.answer("/calls/C1", #"{"statusCode":0}"#)
      scene.pass(.seconds(11))
    }
  }

  /// Reading the statusCode before the words is caught by the last two.
  @Test(arguments: [
    "Missing or invalid Csrf token", "<html><h1>403 Missing or invalid CSRF token</h1></html>",
    #"{"statusCode":5,"statusMessage":"Missing or invalid Csrf token"}"#,
    #"{"statusCode":3,"statusMessage":"invalid csrf token"}"#,
  ])
  func `a command refused as forged leads to a login, and only Stop and Pause are sent again`(
    body: String
  ) throws {
    var scene = try Scene()
    try scene.settle(Scene.call("Recording"), Scene.call("Stopped", "C2"))
    scene.ask(.pause)
    scene.ask(.start, "C2")
    try scene.answer("/calls/C1", status: 403, body)
    try scene.answer("/calls/C2", status: 403, body)
    scene.pass(.zero)
    try scene.answer(
      Scene.login, headers: [Header("X-CSRF-HEADER", "X-T"), Header("X-CSRF-TOKEN", "new")],
      #"{"statusCode":0}"#)
    let sent = scene.requests.filter { $0.target.contains("/me/calls/") }
    #expect(sent.map(\.target) == ["/api/v2/me/calls/C1"])
    #expect(sent.first?.headers.first("X-T") == "new")
    #expect(scene.commands.map(\.grade) == [nil, .rejected])
  }

  @Test(arguments: [
    (401, "", true), (403, #"{"statusCode":20}"#, true), (403, "<html>", true),
    (403, #"{"statusCode":5}"#, false), (500, #"{"statusCode":4}"#, false),
    (200, #"{"statusCode":20}"#, true), (200, #"[{"error":"403::x"}]"#, false), (503, "", false),
  ])
  func `which answers refuse the credentials themselves`(
    status: Int, body: String, isRefusal: Bool
  ) {
    let answer = Answer.response(status: status, headers: [], body: Array(body.utf8))
    let dialect = World.settings(profile: .gwsV2).dialect
    #expect(dialect.refusesCredentials(answer) == isRefusal)
  }
}
