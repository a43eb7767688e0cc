import Glibc
import HTTPServer
import JSON
import Loop
import TestSupport
import Testing

@testable import API

@Suite struct CommandTests {
  private func view(_ status: String, final isFinal: Bool) -> CommandView {
    CommandView(json: Array(#"{"command":"k1","status":"\#(status)"}"#.utf8), isFinal: isFinal)
  }

  @Test func `a command is answered when it is committed, with its place`() throws {
    try Fixture.run { fixture throws in
      let body =
        #"{"call":"c\u00e9","operation":"stop","agent":"a","key":"k","#
        + #""mode":"observe","forced":true}"#
      let client = try fixture.post(body)
      #expect(fixture.wait { fixture.backend.asked.count == 1 })
      let asked = fixture.backend.asked[0]
      #expect(asked.origin?.uid == getuid())
      var expected = CommandRequest(
        call: "cé", operation: .stop, agent: "a", key: "k", mode: .observe, forced: true)
      expected.origin = asked.origin
      #expect(asked == expected)
      #expect(client.reply == nil)
      fixture.backend.replies[0](.issued(id: "k1", view("issued", final: false)))
      #expect(fixture.wait { client.reply != nil })
      #expect(client.reply?.status == 202)
      #expect(client.reply?.headers["location"] == "/v1/commands/k1")
      #expect(client.reply?.json?["command"]?.string == "k1")

      let again = try fixture.post(#"{"call":"c","operation":"pause"}"#)
      #expect(fixture.wait { fixture.backend.asked.count == 2 })
      #expect(fixture.backend.asked[1].mode == .send)
      #expect(!fixture.backend.asked[1].forced)
      fixture.backend.replies[1](.known(id: "k1", view("sent", final: false)))
      #expect(fixture.wait { again.reply?.status == 200 })

      let refused = try fixture.post(#"{"call":"c","operation":"resume"}"#)
      #expect(fixture.wait { fixture.backend.asked.count == 3 })
      fixture.backend.replies[2](
        .refused(status: 404, title: "Not Found", detail: "There is no call c."))
      #expect(fixture.wait { refused.reply?.status == 404 })
      #expect(refused.reply?.json?["detail"]?.string == "There is no call c.")
    }
  }

  @Test(arguments: [
    ("", "byte 0"), ("{", "byte 1"), ("[]", "object"), (#"{"call":"c"}"#, "operation is missing"),
    (#"{"operation":"stop"}"#, "call is missing"),
    (#"{"call":"c","operation":"halt"}"#, "start, stop, pause, resume"),
    (#"{"call":"c","operation":"stop","mod":"send"}"#, "member mod"),
    (#"{"call":5,"operation":"stop"}"#, "call is a string"),
    (#"{"call":"c","operation":"stop","agent":null}"#, "agent is a string"),
    (#"{"call":"","operation":"stop"}"#, "call has 1 to 256"),
    (#"{"call":"c","operation":"stop","mode":"watch"}"#, "send, observe"),
    (#"{"call":"c","operation":"stop","forced":"yes"}"#, "forced is true or false"),
    (#"{"call":"c","call":"d","operation":"stop"}"#, "call may be given once"),
    (#"{"call":"c","operation":"stop"}}"#, "byte 31"),
  ])
  func `a body that is not understood makes no command`(body: String, words: String) throws {
    try Fixture.run { fixture throws in
      let client = try fixture.post(body)
      #expect(fixture.wait { client.reply != nil })
      #expect(client.reply?.status == 400)
      let detail = client.reply?.json?["detail"]?.string ?? ""
      #expect(detail.contains(words), "\(detail)")
      #expect(fixture.backend.asked.isEmpty)
    }
  }

  @Test func `somebody who may not command is told so`() throws {
    try Fixture.run { fixture throws in
      // Over TCP nobody is known, which is as good as being somebody who may not.
      let client = try #require(Client(port: try fixture.listenOnTCP()))
      let body = #"{"call":"c","operation":"stop"}"#
      client.send("POST /v1/commands HTTP/1.1\r\nHost: x\r\nContent-Length: 31\r\n\r\n\(body)")
      client.send("GET /v1/calls HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(fixture.wait { client.replies.count == 2 })
      #expect(client.replies.map(\.status) == [403, 200])
      #expect(fixture.backend.asked.isEmpty)
    }
  }

  @Test func `wait holds the answer until the command is final`() throws {
    try Fixture.run { fixture throws in
      fixture.backend.commandViews["k1"] = view("sent", final: false)
      #expect(try fixture.get("/v1/commands/k1").json?["status"]?.string == "sent")
      let client = try fixture.open("/v1/commands/k1?wait=60")
      #expect(fixture.wait { fixture.api.openCount == 1 })
      fixture.backend.commandViews["k1"] = view("accepted", final: false)
      fixture.api.committed(commands: ["k1"])
      #expect(fixture.api.openCount == 1)
      fixture.backend.commandViews["k1"] = view("final", final: true)
      fixture.api.committed(commands: ["k1"])
      #expect(fixture.wait { client.reply != nil })
      #expect(client.reply?.json?["status"]?.string == "final")
      #expect(try fixture.get("/v1/commands/k1?wait=60").status == 200, "final already")

      fixture.backend.commandViews["k2"] = view("sent", final: false)
      let start = fixture.loop.now
      #expect(try fixture.get("/v1/commands/k2?wait=1").json?["status"]?.string == "sent")
      #expect(fixture.loop.now - start >= .seconds(1))
      let left = try fixture.open("/v1/commands/k2?wait=60")
      #expect(fixture.wait { fixture.api.openCount == 1 })
      left.close()
      #expect(fixture.wait { fixture.api.openCount == 0 })
    }
  }

  @Test func `a reply to a client that has left is dropped in silence`() throws {
    try Fixture.run { fixture throws in
      let client = try fixture.post(#"{"call":"c","operation":"stop"}"#)
      #expect(fixture.wait { fixture.backend.replies.count == 1 })
      client.close()
      #expect(try fixture.get("/healthz").status == 200)
      fixture.backend.replies[0](.issued(id: "k1", view("issued", final: false)))
      #expect(try fixture.get("/healthz").status == 200)
    }
  }
}
