import HTTPServer

/// The query of a request, each name of which must be known: a misspelt filter must not look like
/// no filter.
struct Parameters {
  private let items: [QueryItem]

  init(_ request: ServerRequest, allowed: [String]) throws(Problem) {
    items = request.query
    for item in items {
      guard allowed.contains(item.name) else {
        let known = allowed.isEmpty ? "none" : allowed.joined(separator: ", ")
        throw .badRequest("There is no parameter \(item.name) here; known: \(known).")
      }
      guard !item.value.isEmpty else { throw .badRequest("\(item.name) has no value.") }
      guard item.value.utf8.count <= APILimits.wordSizeMaxBytes else {
        throw .badRequest("\(item.name) is longer than \(APILimits.wordSizeMaxBytes) bytes.")
      }
    }
  }

  func all(_ name: String) -> [String] { items.filter { $0.name == name }.map(\.value) }

  func one(_ name: String) throws(Problem) -> String? {
    let values = all(name)
    guard values.count <= 1 else { throw .badRequest("\(name) may be given once.") }
    return values.first
  }

  func number(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
    guard let text = try one(name) else { return nil }
    guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text),
      range.contains(number)
    else {
      throw .badRequest(
        "\(name) is a whole number from \(range.lowerBound) to \(range.upperBound).")
    }
    return number
  }

  func flag(_ name: String) throws(Problem) -> Bool {
    switch try one(name) {
    case nil, "0", "false": return false
    case "1", "true": return true
    default: throw .badRequest("\(name) is 1 or 0.")
    }
  }

  /// Seconds that the answer may be held back.
  func wait() throws(Problem) -> Duration {
    let most = Int(APILimits.waitMax.components.seconds)
    return .seconds(try number("wait", in: 0...most) ?? 0)
  }
}
