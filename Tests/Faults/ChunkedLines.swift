/// Takes the lines out of an HTTP answer in chunks (RFC 9112, 7.1) as it comes in.
package struct ChunkedLines: Sendable {
  private enum Place {
    case head
    case size
    case data(left: Int)
    /// The line end behind a chunk.
    case behind
    case end
  }

  private var place = Place.head
  /// The unfinished line of the head or of a size.
  private var framing: [UInt8] = []
  /// The unfinished line of the content.
  private var line: [UInt8] = []

  package init() {}

  /// The last chunk has come, or what came is no such answer.
  package var isEnded: Bool {
    if case .end = place { true } else { false }
  }

  /// Calls `each` for every line that `bytes` complete; empty ones are left out.
  package mutating func take(_ bytes: ArraySlice<UInt8>, _ each: ([UInt8]) -> Void) {
    var rest = bytes
    while !rest.isEmpty {
      switch place {
      case .end: return
      case .data(let left):
        let part = rest.prefix(left)
        rest = rest[part.endIndex...]
        takeContent(part, each)
        place = left == part.count ? .behind : .data(left: left - part.count)
      case .head, .size, .behind:
        guard let end = rest.firstIndex(of: 0x0A) else {
          framing += rest
          return
        }
        framing += rest[..<end]
        rest = rest[(end + 1)...]
        takeFraming()
        framing = []
      }
    }
  }

  private mutating func takeFraming() {
    let text = String(decoding: framing.filter { $0 != 0x0D }, as: UTF8.self)
    switch place {
    case .head: if text.isEmpty { place = .size }
    case .size:
      let size = Int(text.prefix { $0.isHexDigit }, radix: 16) ?? 0
      place = size > 0 ? .data(left: size) : .end
    case .behind: place = .size
    case .data, .end: break
    }
  }

  private mutating func takeContent(_ bytes: ArraySlice<UInt8>, _ each: ([UInt8]) -> Void) {
    var rest = bytes
    while let end = rest.firstIndex(of: 0x0A) {
      line += rest[..<end]
      rest = rest[(end + 1)...]
      if !line.isEmpty { each(line) }
      line = []
    }
    line += rest
  }
}
