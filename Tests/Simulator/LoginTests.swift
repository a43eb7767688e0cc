import JSON
import Simulator
import Testing

@Suite struct LoginTests {
  @Test func `right credentials open an HTTP session whose cookie is enough from then on`() throws {
    let bench = Bench()
    let client = AgentClient(bench)
    let response = try #require(client.login())
    #expect(response.status == 200)
    #expect(response.headers.contains { $0.value.hasSuffix("HttpOnly") })
    let me = try JSONValue.parse(response.body)
    #expect(me["statusCode"]?.integer == 0)
    #expect(me["user"]?["userName"]?.string == "alice")
    #expect(me["user"]?["calls"] == nil)

    let again = client.send("GET", "/api/v2/me", query: ["subresources": "devices,calls"])
    let user = try bench.json(again)["user"]
    #expect(user?["devices"]?.elements.map { $0["phoneNumber"]?.string } == ["5001"])
    #expect(user?["calls"]?.kind == .array)
  }

  @Test(arguments: ["wrong", ""])
  func `wrong or no credentials are refused with 403 and statusCode 20`(password: String) throws {
    let bench = Bench()
    let client = AgentClient(bench, password: password)
    let id = client.send("GET", "/api/v2/me", withCredentials: !password.isEmpty)
    #expect(bench.answer(id)?.status == 403)
    #expect(
      bench.answer(id)?.body
        == Array(#"{"statusCode":20,"statusMessage":"Access denied"}"#.utf8))
  }

  @Test func `an expired HTTP session is refused while its Bayeux session lives on`() throws {
    let bench = Bench()
    let client = try AgentClient.ready(bench)
    bench.model.expireHTTPSessions(of: "bob")
    #expect(bench.isHeld(client.connect()))
    bench.model.expireHTTPSessions()
    #expect(bench.answer(client.connect())?.status == 403)
    _ = client.login()
    #expect(bench.isHeld(client.connect()))
  }

  @Test func `an HTTP session that nobody uses ends`() throws {
    let bench = Bench { $0.httpSessionTimeout = .seconds(60) }
    let client = AgentClient(bench)
    _ = client.login()
    bench.pass(.seconds(59))
    #expect(bench.answer(client.send("GET", "/api/v2/me/calls"))?.status == 200)
    bench.pass(.seconds(61))
    #expect(bench.answer(client.send("GET", "/api/v2/me/calls"))?.status == 403)
  }

  @Test func `with CSRF protection a POST needs the token under the announced name`() throws {
    let bench = Bench { $0.csrf = .required(header: "X-Own-Name") }
    let client = AgentClient(bench)
    let fields = try #require(client.login()).headers
    #expect(fields.contains(HTTPField("X-CSRF-HEADER", "X-Own-Name")))
    let token = try #require(fields.first { $0.name == "X-CSRF-TOKEN" }).value

    let id = client.send("POST", "/api/v2/notifications", body: "[]")
    let refusal = try #require(bench.answer(id))
    #expect(refusal.status == 403)
    #expect(String(decoding: refusal.body, as: UTF8.self).contains("Missing or invalid Csrf token"))
    #expect(refusal.headers.contains { $0.value.hasPrefix("text/html") })

    client.extraHeaders = [HTTPField("X-Own-Name", token)]
    try client.handshake()
    #expect(!client.clientID.isEmpty)

    // A new HTTP session has a new token, and the old one stops being good.
    client.cookies = [:]
    _ = client.login()
    let late = client.send("POST", "/api/v2/notifications", body: "[]")
    #expect(bench.answer(late)?.status == 403)
  }

  @Test func `logging an agent in or out at the contact centre is counted`() throws {
    let bench = Bench()
    let client = try AgentClient.ready(bench)
    try client.subscribe("/v2/me/devices")
    let held = client.connect()
    let id = client.send(
      "POST", "/api/v2/me", body: #"{"operationName":"StartContactCenterSession"}"#)
    #expect(try bench.json(id)["statusCode"]?.integer == 0)
    #expect(try bench.events(held).first?["messageType"]?.string == "DeviceStateChangeMessage")
    let agents = try bench.json(bench.send(GWSRequest("GET", "/sim/agents")))
    let operations = agents.elements.first { _ in true }?["operations"]
    #expect(operations?["StartContactCenterSession"]?.integer == 1)

    _ = client.send("POST", "/api/v2/me", body: #"{"operationName":"EndContactCenterSession"}"#)
    #expect(bench.answer(client.send("GET", "/api/v2/me"))?.status == 403)
  }

  @Test func `calls of another agent are not found`() throws {
    let bench = Bench()
    let call = try bench.createCall(.recording, agent: "bob")
    let client = AgentClient(bench)
    _ = client.login()
    let id = client.command("StopCallRecording", on: call)
    #expect(try bench.json(id)["statusCode"]?.integer == 6)
    #expect(try bench.json(client.send("GET", "/api/v2/me/calls"))["uris"]?.raw.count == 2)
  }
}
