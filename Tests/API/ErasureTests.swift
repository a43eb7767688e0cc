import Glibc
import HTTPServer
import JSON
import TestSupport
import Testing

@testable import API

@Suite struct ErasureTests {
  private let path = "/v1/erasures"

  @Test func `an erasure is answered with the event that it began with`() throws {
    try Fixture.run { fixture throws in
      let client = try fixture.post(#"{"call":"c 1","why":"asked to"}"#, to: path)
      #expect(fixture.wait { client.reply?.status == 202 })
      #expect(client.reply?.json?["call"]?.string == "c 1")
      #expect(client.reply?.json?["began"]?.string == "S1.17")
      #expect(fixture.backend.erasures == ["c 1: asked to"])
      let refused = try fixture.post(#"{"why":"w","call":"live"}"#, to: path)
      #expect(fixture.wait { refused.reply?.status == 409 })
      #expect(try fixture.get(path).status == 405)
    }
  }

  @Test(arguments: [
    ("", "byte 0"), (#"{"call":"c"}"#, "why is missing"), (#"{"why":"w"}"#, "call is missing"),
    (#"{"call":"","why":"w"}"#, "call has 1 to"), (#"{"call":"c","why":" "}"#, "not only blanks"),
    (#"{"call":7,"why":"w"}"#, "call is a string"),
    (#"{"call":"c","why":"w","all":"1"}"#, "no member all"),
    (#"{"call":"c","call":"d","why":"w"}"#, "call may be given once"),
  ])
  func `what does not say which call and why erases nothing`(body: String, words: String) throws {
    try Fixture.run { fixture throws in
      let client = try fixture.post(body, to: path)
      #expect(fixture.wait { client.reply?.status == 400 })
      let detail = client.reply?.json?["detail"]?.string ?? ""
      #expect(detail.contains(words), "\(detail)")
      #expect(fixture.backend.erasures.isEmpty)
    }
  }

  @Test func `metrics are text of the format that Prometheus reads`() throws {
    try Fixture.run { fixture throws in
      let reply = try fixture.get("/metrics")
      #expect(reply.status == 200)
      #expect(reply.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
      #expect(try fixture.get("/metrics?x=1").status == 400)
    }
  }
}
