import JSON
import Testing

@testable import Calls

@Suite struct SnapshotTests {
  @Test(arguments: [
    #"{"statusCode":0,"calls":[CALL,{"id":"2"}]}"#,
    #"{"statusCode":0,"user":{"id":"u","devices":[],"calls":[CALL,{"id":"2"}]}}"#,
    #"{"status":{"code":0},"data":{"calls":[CALL,{"id":"2"}]}}"#,
  ])
  func `live calls are found in every reply that lists them`(_ body: String) throws {
    let bytes = try #require(try call("c-pause").raw?.raw)
    let body = body.split(separator: "CALL", omittingEmptySubsequences: false)
      .joined(separator: String(decoding: bytes, as: UTF8.self))
    let snapshot = try Snapshot.calls(from: json(body))
    #expect(snapshot.calls.map(\.id) == ["01RCC3N118B1V0SL8O7GK2LAES00000V", "2"])
    #expect(snapshot.calls.first?.witnesses.verdict == .agree(.paused))
    #expect(snapshot.isExact)
  }

  @Test func `one call is a snapshot of one call`() throws {
    let snapshot = try Snapshot.calls(
      from: json(#"{"statusCode":0,"call":{"id":"7","recordingState":"Stopped"}}"#))
    #expect(snapshot.calls.map(\.recordingState) == [.stopped])
  }

  @Test func `a reply of nothing but URIs gives the ids and is not exact`() throws {
    let snapshot = try Snapshot.calls(
      from: json(#"{"statusCode":0,"uris":["http://127.0.0.1/api/v2/me/calls/7","/calls/8/"]}"#))
    #expect(snapshot.idsOnly == ["7", "8"])
    #expect(snapshot.calls.isEmpty)
    #expect(!snapshot.isExact)
  }

  @Test(arguments: [
    #"{"statusCode":0,"calls":[]}"#, #"{"statusCode":0,"uris":[]}"#,
    #"{"statusCode":0,"user":{"calls":[],"devices":[]}}"#,
  ])
  func `no calls are an exact answer`(_ body: String) throws {
    let snapshot = try Snapshot.calls(from: json(body))
    #expect(snapshot.calls.isEmpty)
    #expect(snapshot.isExact)
  }

  // A call left out because it could not be read would look like a call that has ended.
  @Test func `a call that cannot be read makes the snapshot inexact and is named`() throws {
    let snapshot = try Snapshot.calls(
      from: json(#"{"statusCode":0,"calls":[{"id":"1"},{"state":"Held"}]}"#))
    #expect(snapshot.calls.map(\.id) == ["1"])
    #expect(!snapshot.isExact)
    #expect(
      snapshot.unreadable.first?.error.description == "calls[1].id is missing; expected a string")
  }

  @Test(arguments: [
    (#"{"statusCode":0}"#, "body.calls is missing; expected an array of calls"),
    (
      #"{"statusCode":20,"statusMessage":"Access denied","calls":[]}"#,
      "body.statusCode is 20; expected 0, the platform refused the request"
    ),
    (
      #"{"statusCode":7,"calls":[]}"#,
      "body.statusCode is 7; expected 0, the platform refused the request"
    ),
    (#"{"calls":{}}"#, "body.calls is of type object; expected an array"),
    (#"{"uris":[5]}"#, "body.uris[0] is of type number; expected a URI"),
    (#"[]"#, "body is of type array; expected an object"),
  ])
  func `a reply that shows no calls is not mistaken for a reply without calls`(
    _ body: String, _ complaint: String
  ) throws {
    let error = #expect(throws: MemberError.self) { try Snapshot.calls(from: json(body)) }
    #expect(error?.description == complaint)
  }
}
