import Glibc
import HTTPServer
import JSON
import TestSupport
import Testing

@testable import API

@Suite struct ExceptionTests {
  private let view = CommandView(json: Array(#"{"command":"k 1"}"#.utf8), isFinal: true)
  private let path = "/v1/exceptions/k%201/acknowledge"

  @Test func `the worklist leaves out what was acknowledged unless it is asked for`() throws {
    try Fixture.run { fixture throws in
      func isAll(_ query: String) throws -> Bool? {
        let list = try fixture.get("/v1/exceptions\(query)").json?["exceptions"]
        return list?.elements.first { _ in true }?["all"]?.bool
      }
      #expect(try isAll("") == false)
      #expect(try isAll("?acknowledged=0") == false)
      #expect(try isAll("?acknowledged=1") == true)
      #expect(try fixture.get("/v1/exceptions?acknowledged=x").status == 400)
      #expect(try fixture.get("/v1/exceptions?all=1").status == 400)
    }
  }

  @Test func `an acknowledgement is answered once it is committed, and names who said why`()
    throws
  {
    try Fixture.run { fixture throws in
      let client = try fixture.post(#"{"why":"listened to it, silence"}"#, to: path)
      #expect(fixture.wait { fixture.backend.acknowledged.count == 1 })
      let asked = try #require(fixture.backend.acknowledged.first)
      #expect(asked.id == "k 1")
      #expect(asked.why == "listened to it, silence")
      #expect(asked.by?.uid == getuid())
      #expect(client.reply == nil)
      fixture.backend.replies[0](.known(id: "k 1", view))
      #expect(fixture.wait { client.reply?.status == 200 })
      #expect(client.reply?.json?["command"]?.string == "k 1")
      let refused = try fixture.post(#"{"why":"x"}"#, to: path)
      #expect(fixture.wait { fixture.backend.replies.count == 2 })
      fixture.backend.replies[1](
        .refused(status: 409, title: "Not an exception", detail: "It is confirmed."))
      #expect(fixture.wait { refused.reply?.status == 409 })
      #expect(refused.reply?.json?["detail"]?.string == "It is confirmed.")
    }
  }

  @Test(arguments: [
    ("", "byte 0"), ("[]", "object"), ("{}", "why is missing"), (#"{"why":7}"#, "why is a string"),
    (#"{"why":" \n"}"#, "not only blanks"), (#"{"why":""}"#, "1 to 2048 bytes"),
    (#"{"why":"a","who":"eve"}"#, "member who"), (#"{"why":"a","why":"b"}"#, "given once"),
  ])
  func `a reason that is none acknowledges nothing`(body: String, words: String) throws {
    try Fixture.run { fixture throws in
      let client = try fixture.post(body, to: path)
      #expect(fixture.wait { client.reply?.status == 400 })
      let detail = client.reply?.json?["detail"]?.string ?? ""
      #expect(detail.contains(words), "\(detail)")
      #expect(fixture.backend.acknowledged.isEmpty)
    }
  }

  /// Without the check of who asks, the acknowledgement over TCP gets through.
  @Test func `somebody who may not command acknowledges nothing`() throws {
    try Fixture.run { fixture throws in
      let client = try #require(Client(port: try fixture.listenOnTCP()))
      client.send("POST \(path) HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n{\"why\":\"x\"}")
      #expect(fixture.wait { client.reply?.status == 403 })
      #expect(fixture.backend.acknowledged.isEmpty)
      #expect(try fixture.get(path).status == 405)
    }
  }
}
