import JSON

/// A JSON body with places for values in its strings.
///
/// It is kept as a tree, so that no value, whatever its characters, can make it anything but JSON.
package indirect enum BodyTemplate: Equatable, Sendable {
  /// A member of an object.
  package struct Member: Equatable, Sendable {
    let name: String
    let value: BodyTemplate

    /// Takes name and value.
    package init(_ name: String, _ value: BodyTemplate) {
      self.name = name
      self.value = value
    }
  }

  case text(Template)
  /// The items of a parameter that is a list.
  case list(String)
  /// A number, a boolean or null, as it is written in JSON.
  case literal(String)
  case array([BodyTemplate])
  case object([Member])

  /// The names of its places.
  package var names: [String] {
    switch self {
    case .text(let template): template.names
    case .list(let name): [name]
    case .literal: []
    case .array(let items): items.flatMap(\.names)
    case .object(let members): members.flatMap(\.value.names)
    }
  }

  /// The body with every value in its place.
  package func filled(_ values: [String: String]) -> [UInt8] {
    JSONWriter.write { write(values, to: &$0) }
  }

  private func write(_ values: [String: String], to writer: inout JSONWriter) {
    switch self {
    case .text(let template): writer.value(template.filled(.plain, values))
    case .list(let name):
      writer.array { writer in
        for item in Route.Parameter.items(values[name] ?? "") { writer.value(item) }
      }
    case .literal(let text): writer.raw(text.utf8)
    case .array(let items):
      writer.array { writer in
        for item in items { item.write(values, to: &writer) }
      }
    case .object(let members):
      writer.object { writer in
        for member in members {
          writer.name(member.name)
          member.value.write(values, to: &writer)
        }
      }
    }
  }
}
