/// The target of a request, percent-decoded exactly once and free of dot segments.
///
/// The path is split at its slashes before it is decoded, so that an encoded slash stays inside its
/// segment. A plus sign in the query is a space, as forms and most client libraries write it.
package struct RequestTarget: Equatable, Sendable {
  /// The decoded path, for messages: where `%2F` was, it is ambiguous. Route by `segments`.
  package let path: String
  /// The decoded segments: `/v1/calls` has two, `/` has none.
  package let segments: [String]
  package let query: [QueryItem]

  /// Why a target was refused; each becomes a 400.
  package enum Refusal: String, Error {
    case form = "The request target must be a path that begins with a slash."
    case escape = "A percent sign must be followed by two hexadecimal digits."
    case text = "The request target must be UTF-8 without control characters."
    case dotSegment = "A path must not contain the segments . or .. in any spelling."
  }

  /// Reads an origin-form or absolute-form target (RFC 9112, 3.2); a fragment is not allowed.
  package init(parsing target: [UInt8]) throws(Refusal) {
    let origin = try Self.originForm(target)
    guard !origin.contains(UInt8(ascii: "#")) else { throw .form }
    let parts = origin.split(
      separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
    var segments: [String] = []
    if parts[0].count > 1 {
      for raw in parts[0].dropFirst().split(
        separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      {
        let segment = try Self.decode(raw, of: .path)
        guard segment != ".", segment != ".." else { throw .dotSegment }
        segments.append(segment)
      }
    }
    var query: [QueryItem] = []
    if parts.count == 2 {
      for raw in parts[1].split(separator: UInt8(ascii: "&")) {
        let pair = raw.split(
          separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
        let name = try Self.decode(pair[0], of: .query)
        let value = pair.count == 2 ? try Self.decode(pair[1], of: .query) : ""
        query.append(QueryItem(name: name, value: value))
      }
    }
    self.path = "/" + segments.joined(separator: "/")
    self.segments = segments
    self.query = query
  }

  /// The path and query of `http://host/path`, which every server has to accept.
  private static func originForm(_ target: [UInt8]) throws(Refusal) -> ArraySlice<UInt8> {
    if target.first == UInt8(ascii: "/") { return target[...] }
    let scheme = Array("http://".utf8)
    guard target.starts(with: scheme) else { throw .form }
    guard let slash = target[scheme.count...].firstIndex(of: UInt8(ascii: "/")) else {
      throw .form
    }
    return target[slash...]
  }

  private enum Part { case path, query }

  private static func decode(_ raw: ArraySlice<UInt8>, of part: Part) throws(Refusal) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(raw.count)
    var index = raw.startIndex
    while index < raw.endIndex {
      var byte = raw[index]
      index += 1
      if byte == UInt8(ascii: "%") {
        guard raw.endIndex - index >= 2, let high = hexadecimal(raw[index]),
          let low = hexadecimal(raw[index + 1])
        else { throw .escape }
        byte = high << 4 | low
        index += 2
      } else if part == .query, byte == UInt8(ascii: "+") {
        byte = UInt8(ascii: " ")
      }
      guard byte >= 0x20, byte != 0x7F else { throw .text }
      bytes.append(byte)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw .text }
    return text
  }

  private static func hexadecimal(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}

/// One `name=value` of a query; without an equals sign the value is empty.
package struct QueryItem: Equatable, Sendable {
  package let name: String
  package let value: String

  package init(name: String, value: String) {
    self.name = name
    self.value = value
  }
}
