/// Numbers in the text format 0.0.4 of Prometheus
/// (prometheus.io/docs/instrumenting/exposition_formats).
struct Metrics {
  enum Kind: String { case counter, gauge }

  private(set) var text = ""

  /// A family without labels.
  mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: Double?) {
    guard let value else { return }
    begin(name, kind, help)
    text += "\(name) \(Self.number(value))\n"
  }

  /// A family with one label, in a fixed order, so that two readings are easily compared; nothing
  /// where there is no value.
  mutating func add(
    _ name: String, _ kind: Kind, _ help: String, by label: String, _ values: [String: Double]
  ) {
    guard !values.isEmpty else { return }
    begin(name, kind, help)
    for (key, value) in values.sorted(by: { $0.key < $1.key }) {
      text += "\(name){\(label)=\"\(Self.escaped(key))\"} \(Self.number(value))\n"
    }
  }

  private mutating func begin(_ name: String, _ kind: Kind, _ help: String) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
  }

  private static func number(_ value: Double) -> String {
    value.rounded() == value && value.magnitude < 1e15 ? String(Int64(value)) : String(value)
  }

  private static func escaped(_ text: String) -> String {
    text.reduce(into: "") { escaped, character in
      switch character {
      case "\\": escaped += "\\\\"
      case "\"": escaped += "\\\""
      case "\n": escaped += "\\n"
      default: escaped.append(character)
      }
    }
  }
}
