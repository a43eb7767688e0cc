package import JSON

/// What a GET says about the calls that are live.
package struct Snapshot: Equatable, Sendable {
  /// A call that is there and that we could not read: it is not absent.
  package struct Unreadable: Equatable, Sendable {
    /// Why it cannot be read.
    package let error: MemberError
    /// What it is, byte for byte.
    package let raw: JSONValue
  }

  /// The calls that could be read.
  package let calls: [Call]
  /// Calls of which the reply gives nothing but a URI.
  package let idsOnly: [String]
  /// The calls that could not be read.
  package let unreadable: [Unreadable]

  /// Whether it describes every live call, so that a call it does not name has ended.
  package var isExact: Bool { idsOnly.isEmpty && unreadable.isEmpty }

  /// Reads the reply to a GET of the calls, of `me` with its subresources, or of one call.
  ///
  /// Throws when the platform refused, or when the reply has no calls in any shape we know: that
  /// must not be mistaken for a reply that shows no calls.
  package static func calls(from body: JSONValue) throws(MemberError) -> Snapshot {
    let reader = try MemberReader(body, path: "body")
    if let statusCode = reader["statusCode"], statusCode.stringOrNumber != "0" {
      throw MemberError(
        "body.statusCode",
        .refused(statusCode: String(decoding: statusCode.raw, as: UTF8.self)))
    }
    for holder in [reader, try reader.object("user"), try reader.object("data")] {
      guard let holder else { continue }
      if holder["calls"] != nil { return Snapshot(try holder.elements("calls")) }
      if let call = holder["call"] { return Snapshot([call]) }
      if holder["uris"] != nil { return try Snapshot(uris: holder) }
    }
    throw reader.missing("calls", "an array of calls")
  }

  private init(_ values: [JSONValue]) {
    var calls: [Call] = []
    var unreadable: [Unreadable] = []
    for (index, value) in values.enumerated() {
      do throws(MemberError) {
        calls.append(try Call(value, path: "calls[\(index)]"))
      } catch {
        unreadable.append(Unreadable(error: error, raw: value))
      }
    }
    self.calls = calls
    idsOnly = []
    self.unreadable = unreadable
  }

  private init(uris holder: MemberReader) throws(MemberError) {
    var ids: [String] = []
    for (index, uri) in try holder.elements("uris").enumerated() {
      guard let last = uri.string?.split(separator: "/").last else {
        throw holder.wrongType("uris[\(index)]", "a URI", uri)
      }
      ids.append(String(last))
    }
    calls = []
    idsOnly = ids
    unreadable = []
  }
}
