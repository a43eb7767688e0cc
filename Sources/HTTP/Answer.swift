/// What has arrived of an answer.
struct Answer {
  /// Of the latest status line; an interim one (1xx) until the final one comes.
  private(set) var status: Int?
  private(set) var headers: [HTTPHeader] = []
  /// The empty line after the head of a final answer has come.
  private(set) var isHeadComplete = false
  var body: [UInt8] = []
  private var headBytes = 0

  /// Takes one line of a head, with its line end; false if the head has become too large.
  ///
  /// A status line begins anew: that is how interim answers precede the final one. What comes after
  /// the head and is no status line is a trailer, which is ignored.
  mutating func take(headLine line: String) -> Bool {
    headBytes += line.utf8.count
    guard headBytes <= HTTPLimits.headBytes else { return false }
    let text = line.trimmed
    if text.hasPrefix("HTTP/") {
      status = text.split(separator: " ", maxSplits: 2).dropFirst().first.flatMap { Int($0) }
      headers = []
      isHeadComplete = false
    } else if text.isEmpty {
      isHeadComplete = (status ?? 0) >= 200
    } else if !isHeadComplete, let colon = text.firstIndex(of: ":") {
      let value = text[text.index(after: colon)...]
      headers.append(HTTPHeader(String(text[..<colon]), String(value).trimmed))
    }
    return true
  }
}

extension String {
  /// Without spaces, tabs and line ends around it.
  fileprivate var trimmed: String {
    func isSpace(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 13 || byte == 10 }
    let bytes = utf8.drop(while: isSpace)
    guard let last = bytes.lastIndex(where: { !isSpace($0) }) else { return "" }
    return String(self[bytes.startIndex...last])
  }
}
