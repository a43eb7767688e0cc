import HTTP
import JSON

/// The events in some lines.
func parsed(_ lines: [String]) throws -> [JSONValue] {
  try lines.map { try JSONValue.parse(Array($0.utf8)) }
}

/// Where two lists part; nil when they are the same.
func firstDifference<Element: Equatable>(_ one: [Element], _ other: [Element]) -> Int? {
  if let place = zip(one, other).enumerated().first(where: { $1.0 != $1.1 })?.offset {
    return place
  }
  return one.count == other.count ? nil : min(one.count, other.count)
}

extension JSONValue {
  /// Of an event.
  var type: String? { self["type"]?.string }
  /// Of a gap.
  var cause: String? { self["data"]?["cause"]?.string }
}

extension EventStream {
  /// The numbers of the notifications, as they came.
  var sequences: [Int] { lines.compactMap(sequence(of:)) }
}

extension RunningBridge {
  /// What `/v1/sessions` says the notifications of the only agent come over.
  var transport: String? {
    let body = get("/v1/sessions")?.body ?? []
    var sessions = (try? JSONValue.parse(body))?["sessions"]?.elements.makeIterator()
    return sessions?.next()?["transport"]?.string
  }
}
